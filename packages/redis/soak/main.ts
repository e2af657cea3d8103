// Random faults for so many minutes, and what a check of all that was recorded says: `npm run chaos -- 10 1234` for ten, drawn by a seed.

import { type ChaosReport, chaos } from "./chaos.ts";

const [minutes = 1, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write("npm run chaos -- [minutes] [seed]\n");
  process.exitCode = 2;
} else {
  print(`seed ${seed}`);
  const report = await chaos({ ms: minutes * 60_000, seed, say: print });
  for (const line of told(report)) print(line);
  process.exitCode = report.verdict.isValid && report.errors.length === 0 ? 0 : 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function told({ verdict, faults, bound, above, modes, errors }: ChaosReport): string[] {
  const { records, leases, I1, I4, I5, I6, recovery } = verdict;
  const most = Object.entries(bound).map(([name, units]) => `${name} ${above[name]} of ${units}`);
  const made = Object.entries(modes).map(
    ([mode, times]) => `${times.toLocaleString("en")} ${mode}`,
  );
  const invariants = { I1, I4, I5, I6 };
  return [
    `${Object.values(faults).reduce((sum, times) => sum + times, 0)} faults, ${records.toLocaleString("en")} records`,
    `leases: ${leases.granted} granted = ${leases.settled} settled + ${leases.expired} expired + ${leases.live} live`,
    `decisions, one for each limit: ${made.join(", ")}`,
    `I1: units above the capacity at most, of those that the bound allows: ${most.join(", ")}`,
    `I4: ${I4.worst} not accounted for; I5: an id charged ${I5.worst} times at most; I6: ${I6.worst} at the lowest`,
    `recovery: ${recovery.worst} ms at most`,
    ...Object.entries(invariants).flatMap(([name, { violations, first }]) =>
      first === undefined
        ? []
        : [
            `${name} BROKEN ${violations} times, first: ${first.message}`,
            ...first.story.map(asLine),
          ],
    ),
    ...errors.slice(0, 5).map((error) => `REJECTED: ${String(error)}`),
    verdict.isValid && errors.length === 0 ? "ok" : "WRONG",
  ];
}

function asLine(record: object): string {
  return `  ${JSON.stringify(record)}`;
}
