export { normalizeIP } from "./normalize-ip.ts";
export type {
  StoreOptions as FastifyRateLimitOptions,
  Exceeded as errorResponseBuilderContext,
  StoreClass as FastifyRateLimitStoreCtor,
  CustomStore as FastifyRateLimitStore,
  LimiterOptions as CreateRateLimitOptions,
  HookName as RateLimitHook,
  PluginOptions as RateLimitPluginOptions,
  OwnOptions as RateLimitOptions,
} from "./options.ts";
// oxlint-disable-next-line import/no-default-export -- loaders of plugins look for it
export { fastifyRateLimit, fastifyRateLimit as default } from "./plugin.ts";
