/** The three acts of `npm start` with real processes. */
import type { Options } from "./options.ts";

/** @throws if a statement does not hold. */
export async function runStory(_options: Options, _signal: AbortSignal): Promise<void> {
  throw new Error("not there yet");
}
