/**
 * Before a program starts (`node --import`): puts other modules in the place of some of the operator's, in the main thread
 * and in its workers. The rest is the real program, which has no switch for dishonesty.
 */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Way } from "../ways.ts";

const here = (file: string): string => pathToFileURL(join(import.meta.dirname, file)).href;
const operator = (file: string): string =>
  pathToFileURL(join(import.meta.dirname, "..", "..", "..", "src", "operator", file)).href;

const LYING = { [operator("models/runReplayable.ts")]: here("lyingModel.ts") };

/** Which module stands for which. */
const REPLACED: Record<Way, Record<string, string>> = {
  "wrong-output": { [operator("models/runReplayable.ts")]: here("otherOutput.ts") },
  "wrong-trace": LYING,
  "withheld-trace": {
    ...LYING,
    [operator("routes/traces.ts")]: here("noTraces.ts"),
    [operator("playing.ts")]: here("noGames.ts"),
  },
  "double-sign": { [operator("answering.ts")]: here("doubleSigner.ts") },
  overpromise: { [operator("promises.ts")]: here("carelessLedger.ts") },
  "hidden-batch": { ...LYING, [operator("routes/batches.ts")]: here("noBatches.ts") },
};

const replaced = REPLACED[process.env.CREDENCE_DISHONEST as Way];

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const replacement = replaced[found.url];
    // What replaces a module may import the one that it replaces.
    return replacement === undefined || context.parentURL === replacement ? found : { ...found, url: replacement };
  },
});
