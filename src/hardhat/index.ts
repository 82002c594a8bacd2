/**
 * The Hardhat 3 plugin: `npx hardhat credence ...`. In hardhat.config.ts:
 *
 * import credence from "credence/hardhat";
 * export default defineConfig({ plugins: [hardhatToolbox, credence] });
 */
import { definePlugin } from "hardhat/plugins";
import type { HardhatPlugin } from "hardhat/types/plugins";

import { attestTasks } from "./attest/tasks.ts";
import { courtTasks } from "./court/tasks.ts";
import { level } from "./declare.ts";
import { deployTask } from "./deployTask.ts";
import { disputeTasks } from "./dispute/tasks.ts";
import { inspectTask } from "./inspectTask.ts";
import { modelTasks } from "./model/tasks.ts";
import { operatorTasks } from "./operator/tasks.ts";
import { slashTasks } from "./slash/tasks.ts";
import { stakeTasks } from "./stake/tasks.ts";

export type { CredenceUserConfig } from "./config.ts";
export { deployCredence, type DeploymentChanges } from "./deployCredence.ts";

const credence: HardhatPlugin = definePlugin({
  id: "credence",
  npmPackage: "credence",
  dependencies: () => [import("@nomicfoundation/hardhat-ethers"), import("@nomicfoundation/hardhat-ignition")],
  hookHandlers: {
    config: async () => ({ default: (await import("./config.ts")).configHooks }),
  },
  tasks: [
    level([], "Work with a deployment of Credence: answers that somebody has staked on"),
    deployTask,
    ...operatorTasks,
    ...modelTasks,
    ...attestTasks,
    ...disputeTasks,
    ...courtTasks,
    ...stakeTasks,
    ...slashTasks,
    inspectTask,
  ],
});

// Hardhat loads the plugins that a plugin depends on by their default export.
export default credence;
