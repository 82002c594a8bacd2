import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Attestations from "./Attestations.ts";
import Disputes from "./Disputes.ts";
import Models from "./Models.ts";

/** The ReplayGame. */
export default buildModule("Replay", (m) => {
  const { models } = m.useModule(Models);
  const { attestations } = m.useModule(Attestations);
  const { disputes } = m.useModule(Disputes);
  return { replay: m.contract("ReplayGame", [disputes, attestations, models]) };
});
