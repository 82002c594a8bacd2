import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Attestations from "./Attestations.ts";
import Court from "./Court.ts";
import Disputes from "./Disputes.ts";
import Governance, { ROLES } from "./Governance.ts";
import Models from "./Models.ts";
import Operators from "./Operators.ts";
import Replay from "./Replay.ts";
import Slashing from "./Slashing.ts";
import Staking from "./Staking.ts";

/**
 * The whole protocol, wired and handed over: owner and guardian receive their roles, then what may be wired only once is
 * sealed (the vault's seal refuses a reserve that holds a role), and at last the deployer gives up its own role, so that
 * nothing is left with it. The owner must therefore be another address than the deployer.
 */
export default buildModule("Protocol", (m) => {
  const { access } = m.useModule(Governance);
  const { token, vault } = m.useModule(Staking);
  const { configRules, seedSource, court } = m.useModule(Court);
  const { p256Verifier, operators } = m.useModule(Operators);
  const { models } = m.useModule(Models);
  const { attestations } = m.useModule(Attestations);
  const { slashing } = m.useModule(Slashing);
  const { disputes } = m.useModule(Disputes);
  const { replay } = m.useModule(Replay);
  const owner = m.getParameter<string>("owner");
  const guardian = m.getParameter<string>("guardian");

  const concepts = [Governance, Staking, Court, Operators, Models, Attestations, Slashing, Disputes, Replay];
  const governor = m.call(access, "grantRole", [ROLES.GOVERNOR, owner, 0], { id: "GrantGovernor", after: concepts });
  const guard = m.call(access, "grantRole", [ROLES.GUARDIAN, guardian, 0], { id: "GrantGuardian", after: [governor] });
  const admin = m.call(access, "grantRole", [ROLES.ADMIN, owner, 0], { id: "GrantAdmin", after: [guard] });

  const operatorsSeal = m.call(operators, "seal", [slashing, attestations], { after: [admin] });
  const attestationsSeal = m.call(attestations, "seal", [disputes, slashing], { after: [operatorsSeal] });
  const courtSeal = m.call(court, "seal", [disputes], { after: [attestationsSeal] });
  const disputesSeal = m.call(disputes, "seal", [replay], { after: [courtSeal] });
  const vaultSeal = m.call(vault, "seal", [[operators, attestations], court], { after: [disputesSeal] });

  m.call(access, "renounceRole", [ROLES.ADMIN, m.getAccount(0)], { after: [vaultSeal] });
  return {
    ...{ access, token, vault, configRules, seedSource, court, p256Verifier },
    ...{ operators, models, attestations, slashing, disputes, replay },
  };
});
