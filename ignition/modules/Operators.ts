import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Governance, { ROLES, selectorsOf } from "./Governance.ts";
import Staking from "./Staking.ts";

/** The OperatorRegistry, with OpenZeppelin's P-256 verifier as the only one to start with. */
export default buildModule("Operators", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const p256Verifier = m.contract("ERC7913P256Verifier");
  const minOperatorStake = m.getParameter<bigint>("minOperatorStake");
  const operators = m.contract("OperatorRegistry", [access, vault, minOperatorStake, [p256Verifier]]);
  const governed = [operators, selectorsOf("operators", ROLES.GOVERNOR), ROLES.GOVERNOR];
  m.call(access, "setTargetFunctionRole", governed, { id: "OperatorRegistry_Governor" });
  const guarded = [operators, selectorsOf("operators", ROLES.GUARDIAN), ROLES.GUARDIAN];
  m.call(access, "setTargetFunctionRole", guarded, { id: "OperatorRegistry_Guardian" });
  return { p256Verifier, operators };
});
