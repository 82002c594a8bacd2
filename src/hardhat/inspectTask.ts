import type { TaskDefinition } from "hardhat/types/tasks";

import { reading } from "./declare.ts";

export const inspectTask: TaskDefinition = reading(
  {
    id: ["inspect"],
    description: "Say what an address is to the deployment, with stake, locks, credit, history, and what is open",
    positional: { address: "Any address" },
  },
  async () => (await import("./inspect.ts")).inspect,
);
