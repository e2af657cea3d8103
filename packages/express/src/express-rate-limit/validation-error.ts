/** What looks misconfigured; logged, never thrown. `help` is the page that explains the code. */
export class ValidationError extends Error {
  readonly code: string;
  readonly help: string;

  constructor(code: string, message: string) {
    const help = `https://express-rate-limit.github.io/${code}/`;
    super(`${message} (${help})`);
    // Subclasses have their own, as the name they are logged by.
    this.name = new.target === ChangeWarning ? "ChangeWarning" : "ValidationError";
    this.code = code;
    this.help = help;
  }
}

/** What has another meaning than it used to; logged as a warning. */
export class ChangeWarning extends ValidationError {}
