import type { TaskDefinition } from "hardhat/types/tasks";

import { level, reading, sending } from "../declare.ts";
import { SOURCE_HELP } from "../sourceHelp.ts";

export const modelTasks: readonly TaskDefinition[] = [
  level(["model"], "Models: what operators answer with, and how answers may be contested"),
  sending(
    {
      id: ["model", "publish"],
      description: "Publish a model; it can never be changed",
      positional: { file: "JSON5 file with manifest and policy, as docs/hardhat.md shows; amounts in whole tokens" },
      options: { source: `${SOURCE_HELP}: fills in the manifest's hashes, and the graph` },
    },
    async () => (await import("./publish.ts")).publish,
  ),
  reading(
    {
      id: ["model", "show"],
      description: "Show what was published of a model",
      positional: { model: "Id of the model" },
    },
    async () => (await import("./show.ts")).show,
  ),
  sending(
    {
      id: ["model", "deprecate"],
      description: "Refuse new batches for a model of the account, for good",
      positional: { model: "Id of the model" },
    },
    async () => (await import("./deprecate.ts")).deprecate,
  ),
];
