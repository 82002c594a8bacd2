import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance from "./Governance.ts";
import Models from "./Models.ts";
import Operators from "./Operators.ts";
import Staking from "./Staking.ts";

export default buildModule("Attestations", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const { operators } = m.useModule(Operators);
  const { models } = m.useModule(Models);
  const attestations = m.contract("AttestationRegistry", [access, vault, operators, models]);
  return { attestations };
});
