import type { TaskDefinition } from "hardhat/types/tasks";

import { level, sending } from "../declare.ts";

const SIGNED = "File with a signed receipt or with a batch, as the operator's API gives them";

export const slashTasks: readonly TaskDefinition[] = [
  level(["slash"], "Slashing: report what an operator must never do"),
  sending(
    {
      id: ["slash", "report"],
      description:
        "Report that an operator signed two different answers for one job; half of its bond is the reporter's",
      positional: { first: SIGNED, second: SIGNED },
      options: {
        firstIndex: "Index of the leaf, if the first file holds more than one",
        secondIndex: "Index of the leaf, if the second file holds more than one",
      },
    },
    async () => (await import("./report.ts")).report,
  ),
  sending(
    {
      id: ["slash", "dishonoured"],
      description: "Make an operator's bond pay for a receipt that was not made whole in time",
      positional: { answer: "Receipt id of the published answer, or its file" },
    },
    async () => (await import("./dishonoured.ts")).dishonoured,
  ),
];
