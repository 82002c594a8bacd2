import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Attestations from "./Attestations.ts";
import Court from "./Court.ts";
import Governance, { ROLES, selectorsOf } from "./Governance.ts";
import Models from "./Models.ts";
import Slashing from "./Slashing.ts";
import Staking from "./Staking.ts";

/** The DisputeManager. */
export default buildModule("Disputes", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const { court } = m.useModule(Court);
  const { models } = m.useModule(Models);
  const { attestations } = m.useModule(Attestations);
  const { slashing } = m.useModule(Slashing);
  const bondBps = m.getParameter<bigint>("bondBps");
  const bonds = [bondBps, m.getParameter<bigint>("replayBond")];
  const disputes = m.contract("DisputeManager", [access, attestations, slashing, models, vault, court, ...bonds]);
  const governed = [disputes, selectorsOf("disputes", ROLES.GOVERNOR), ROLES.GOVERNOR];
  m.call(access, "setTargetFunctionRole", governed, { id: "DisputeManager_Governor" });
  return { disputes };
});
