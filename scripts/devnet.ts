/**
 * `npm run devnet`: the whole system on this machine, or with `--story` the three acts of `npm start` with real processes.
 * See `--help`.
 */
import { CredenceError } from "../src/errors.ts";
import { parseOptions } from "./devnet/options.ts";

const options = parseOptions(process.argv); // before all that takes time to load
const { runDevnet } = await import("./devnet/run.ts");
const { runStory } = await import("./devnet/story.ts");
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(1); // asked twice: the children are killed on the way out
    ending.abort();
  });
}
try {
  await (options.story === true ? runStory(options, ending.signal) : runDevnet(options, ending.signal));
} catch (error) {
  console.error(error instanceof CredenceError ? `devnet: ${error.message}` : error);
  process.exitCode = 1;
}
process.exit(); // whatever an error has left open
