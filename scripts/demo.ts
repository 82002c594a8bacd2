/**
 * The main job in three acts, on a chain inside this process: `npm start`, or `npm start -- some words of your own`. In the
 * first a contract relies on an answer; in the second token holders decide about one, in the third arithmetic does. Every
 * statement it prints was checked; one that does not hold ends it with a non-zero exit code.
 */
import { describeError } from "../src/protocol/errors.ts";

process.once("uncaughtException", (error) => {
  console.error(`\n✘ ${describeError(error)}`);
  process.exit(1);
});
await import("./demo/question.ts"); // first: bad options, and --help, end here
const { stage } = await import("./demo/stage.ts");
await import("./demo/anAnswer.ts");
await import("./demo/aVerdict.ts");
await import("./demo/aProof.ts");
stage.finish();
