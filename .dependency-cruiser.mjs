/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "core-stands-alone",
      comment: "core is pure TypeScript: no Node built-ins, no packages, no siblings.",
      severity: "error",
      from: { path: "^packages/core/src" },
      to: { dependencyTypes: ["core", "npm", "npm-dev", "npm-peer", "npm-optional"] },
    },
    {
      name: "core-knows-no-sibling",
      severity: "error",
      from: { path: "^packages/core/src" },
      to: { path: "^packages/", pathNot: "^packages/core/src" },
    },
    {
      name: "packages-do-not-know-who-uses-them",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(examples|benchmarks|runtimes)/" },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
