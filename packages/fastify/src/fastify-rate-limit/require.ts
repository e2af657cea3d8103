// What `require` gets is the plugin itself, with the types beside it in a namespace of its name.
// oxlint-disable-next-line import/no-default-export -- the only one becomes module.exports
export { fastifyRateLimit as default } from "./plugin.ts";
