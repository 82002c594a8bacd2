import type { OptionDefinition } from "hardhat/types/arguments";
import type { TaskDefinition } from "hardhat/types/tasks";

import { declare, DRY_RUN, flag, JSON_FLAG, option } from "./declare.ts";

const OPTIONS: readonly OptionDefinition[] = [
  option(
    "parameters",
    "JSON5 file with the deployment's numbers. Default: the one that ships for a network of that name",
  ),
  option("token", "Stake token that exists already, instead of the file's (or of a new one)"),
  option("owner", "Timelock or Safe that becomes owner, instead of the file's; without either a governor is deployed"),
  flag("verify", "Have Etherscan verify the sources afterwards"),
  DRY_RUN,
  JSON_FLAG,
];

export const deployTask: TaskDefinition = declare(
  {
    id: ["deploy"],
    description:
      "Deploy the protocol and hand it over; an interrupted run is resumed by running again. Writes deployments/<network>.json",
  },
  OPTIONS,
  async () => (await import("./deploy.ts")).deploy,
);
