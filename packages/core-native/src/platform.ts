/** This machine as npm's packages of binaries name it: `linux-x64-gnu`, `darwin-arm64`. */
export function platformName(): string {
  const { platform, arch } = process;
  if (platform === "linux") return `linux-${arch}-${isMusl() ? "musl" : "gnu"}`;
  return platform === "win32" ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

function isMusl(): boolean {
  // Else it would look up the names of all peers, which may take seconds.
  const quick = { excludeNetwork: true };
  const usual = { excludeNetwork: Reflect.get(process.report, "excludeNetwork") === true };
  Object.assign(process.report, quick);
  const report: unknown = process.report.getReport();
  Object.assign(process.report, usual);
  if (typeof report !== "object" || report === null || !("header" in report)) return false;
  const { header } = report;
  return typeof header === "object" && header !== null && !("glibcVersionRuntime" in header);
}
