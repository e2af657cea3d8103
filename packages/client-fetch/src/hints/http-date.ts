const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const month = `(?<month>${months.join("|")})`;
const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
const forms = [
  String.raw`[A-Z][a-z]{2}, (?<day>\d\d) ${month} (?<year>\d{4}) ${time} (?:GMT|UTC)`,
  String.raw`[A-Z][a-z]{5,8}, (?<day>\d\d)-${month}-(?<year>\d\d) ${time} GMT`,
  String.raw`[A-Z][a-z]{2} ${month} (?<day>[ \d]\d) ${time} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * The milliseconds since 1970 that an HTTP-date names in one of its three forms (RFC 9110 §5.6.7), or `undefined` if it is none. A year of
 * two digits is the nearest to `nowMs` that is not more than 50 years ahead.
 */
export function httpDateMs(text: string, nowMs: number): number | undefined {
  for (const form of forms) {
    const found = form.exec(text)?.groups;
    if (found === undefined) continue;
    const part = (name: string): number => Number(found[name]);
    const monthIndex = months.indexOf(found["month"]!);
    const date = Date.UTC(yearOf(found["year"]!, nowMs), monthIndex, part("day"));
    if (new Date(date).getUTCMonth() !== monthIndex) return undefined;
    // A leap second is the next minute's first.
    if (part("hour") > 23 || part("minute") > 59 || part("second") > 60) return undefined;
    return date + ((part("hour") * 60 + part("minute")) * 60 + part("second")) * 1000;
  }
  return undefined;
}

function yearOf(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
