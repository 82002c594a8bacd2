/** The three acts of `npm start` with real processes. */
import { narrate } from "../demo/narrate.ts";
import { openDevnet } from "./devnet.ts";
import type { Options } from "./options.ts";
import { aProof } from "./story/aProof.ts";
import { aVerdict } from "./story/aVerdict.ts";
import { anAnswer } from "./story/anAnswer.ts";
import { setStoryStage } from "./story/stage.ts";

/**
 * Prints what happens; every statement was checked against the chain.
 * @throws FatalError `STORY_BROKEN` with the first statement that does not hold, `PROGRAM_ENDED` if a program ends by itself.
 */
export async function runStory({ chain, port, keep }: Options, signal: AbortSignal): Promise<void> {
  const narration = narrate();
  narration.chapter("A chain, and the protocol on it");
  const progress = (text: string): void => {
    console.log(`    ${text}`);
  };
  const devnet = await openDevnet({ chain, port, keep: keep === true, progress });
  try {
    const stage = setStoryStage(devnet, narration, signal);
    for (const act of [anAnswer, aVerdict, aProof]) await act(stage);
    narration.finish();
  } finally {
    await devnet.close();
    if (keep === true) console.log(`keys, configs, journals and logs: ${devnet.folder}`);
  }
}
