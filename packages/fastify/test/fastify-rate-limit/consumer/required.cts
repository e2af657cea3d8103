import rateLimit = require("@fastify/rate-limit");
import fastify = require("fastify");

const options: rateLimit.RateLimitPluginOptions = { max: 1 };
const app = fastify.fastify();
app.register(rateLimit, options);
app.register(rateLimit.fastifyRateLimit, options);
app.register(rateLimit.default, options);
const key: string = rateLimit.normalizeIP("::1");
export = key;
