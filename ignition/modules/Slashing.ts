import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Attestations from "./Attestations.ts";
import Operators from "./Operators.ts";
import Staking from "./Staking.ts";

/** The SlashingRegistry. */
export default buildModule("Slashing", (m) => {
  const { vault } = m.useModule(Staking);
  const { operators } = m.useModule(Operators);
  const { attestations } = m.useModule(Attestations);
  return { slashing: m.contract("SlashingRegistry", [attestations, operators, vault]) };
});
