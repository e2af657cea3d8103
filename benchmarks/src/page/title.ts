import { colours } from "./drawing.ts";

/** The title of a drawing. */
export function titleOf(text: string): object {
  return {
    text,
    left: 12,
    top: 10,
    textStyle: { color: colours.ink, fontSize: 14, fontWeight: 600 },
  };
}
