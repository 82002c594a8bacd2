import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance from "./Governance.ts";
import Staking from "./Staking.ts";

export default buildModule("Operators", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const p256Verifier = m.contract("ERC7913P256Verifier");
  const operators = m.contract("OperatorRegistry", [access, vault, m.getParameter("minOperatorStake"), [p256Verifier]]);
  return { operators, p256Verifier };
});
