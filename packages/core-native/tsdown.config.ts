import { defineConfig } from "tsdown";

import { base } from "../../tools/tsdown.base.ts";

// The loader asks where its own file is, in both formats.
export default defineConfig({ ...base, platform: "node", shims: true, fixedExtension: false });
