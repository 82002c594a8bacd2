/** Prints a story of which every sentence is checked. */
import { FatalError } from "../../src/errors.ts";
import { ContractError, decodeError, describeError, revertData } from "../../src/protocol/errors.ts";

export type Narration = {
  /** A heading. */
  chapter: (title: string) => void;
  /** Prints a statement that holds; throws if it does not. `quiet`: checks without printing. */
  state: (statement: string, holds: boolean, options?: { quiet: boolean }) => void;
  /** How far long work has come, on one line of a terminal; nothing elsewhere. */
  progress: (text: string) => void;
  /** Runs what must be refused with the error of that name, and prints the reason. */
  refused: (what: string, attempt: () => Promise<unknown>, error: string) => Promise<void>;
  /** Prints how much was checked. */
  finish: () => void;
};

export function narrate(): Narration {
  const started = performance.now();
  let checked = 0;
  const clearLine = (): void => {
    if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
  };
  return {
    chapter(title) {
      clearLine();
      console.log(`\n${title}`);
    },
    state(statement, holds, { quiet } = { quiet: false }) {
      if (!holds) throw new FatalError("STORY_BROKEN", `this does not hold: ${statement}`);
      checked += 1;
      clearLine();
      if (!quiet) console.log(`  ✔ ${statement}`);
    },
    progress(text) {
      if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K    ${text}`);
    },
    async refused(what, attempt, expected) {
      const reason = await attempt().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (reason === undefined)
        throw new FatalError("STORY_BROKEN", `${what}: expected ${expected}, and it went through`);
      const actual = reason instanceof ContractError ? reason.code : decodeError(revertData(reason) ?? "0x")?.name;
      if (actual !== expected) {
        throw new FatalError("STORY_BROKEN", `${what}: expected ${expected}, got ${describeError(reason)}`, {
          cause: reason,
        });
      }
      checked += 1;
      console.log(`  ✔ ${what} is refused: ${describeError(reason)}`);
    },
    finish() {
      const seconds = ((performance.now() - started) / 1_000).toFixed(0);
      console.log(`\n${checked} statements checked in ${seconds} s.`);
    },
  };
}
