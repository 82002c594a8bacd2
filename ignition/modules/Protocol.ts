import { id as keccakOfText, dataSlice } from "ethers";
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Attestations from "./Attestations.ts";
import Governance, { Role } from "./Governance.ts";
import Models from "./Models.ts";
import Operators from "./Operators.ts";
import Slashing from "./Slashing.ts";
import Staking from "./Staking.ts";

const PAUSE = ["pause()", "resume()"];

/** Which functions need a role; every other restricted function (the seals) needs ADMIN. */
export const GUARDED_FUNCTIONS = {
  vault: { [String(Role.GOVERNOR)]: ["announceModule(address)", "removeModule(address)"] },
  operators: {
    [String(Role.GOVERNOR)]: ["addVerifier(address)", "setMinOperatorStake(uint96)"],
    [String(Role.GUARDIAN)]: PAUSE,
  },
  models: { [String(Role.GOVERNOR)]: ["setProtocolMinCoverage(uint96)"], [String(Role.GUARDIAN)]: PAUSE },
  attestations: { [String(Role.GUARDIAN)]: PAUSE },
} as const;

export const selectorOf = (signature: string): string => dataSlice(keccakOfText(signature), 0, 4);

/**
 * The whole protocol: contracts, roles, wiring, hand-over. Parameters by module: `Staking`, `Operators`, `Models`, and of
 * this one `owner` (administrator and governor at the end: a timelock or Safe), `guardian`, and `disputeManager` (zero:
 * none, for good). The deployer ends without a role unless it is the owner.
 */
export default buildModule("Protocol", (m) => {
  const { access } = m.useModule(Governance);
  const { vault } = m.useModule(Staking);
  const { operators, p256Verifier } = m.useModule(Operators);
  const { models } = m.useModule(Models);
  const { attestations } = m.useModule(Attestations);
  const { slashing } = m.useModule(Slashing);
  const deployer = m.getAccount(0);
  const owner = m.getParameter("owner");
  const contracts = { vault, operators, models, attestations };

  const wiring = Object.entries(GUARDED_FUNCTIONS).flatMap(([name, byRole]) =>
    Object.entries(byRole).map(([role, signatures]) =>
      m.call(
        access,
        "setTargetFunctionRole",
        [contracts[name as keyof typeof contracts], signatures.map(selectorOf), BigInt(role)],
        { id: `guard_${name}_${role}` },
      ),
    ),
  );
  const grants = [
    m.call(access, "grantRole", [Role.GOVERNOR, owner, 0], { id: "grant_governor", after: wiring }),
    m.call(access, "grantRole", [Role.GUARDIAN, m.getParameter("guardian"), 0], {
      id: "grant_guardian",
      after: wiring,
    }),
    m.call(access, "grantRole", [Role.ADMIN, owner, 0], { id: "grant_admin", after: wiring }),
  ];

  const sealOperators = m.call(operators, "seal", [slashing, attestations], { after: grants });
  const sealAttestations = m.call(attestations, "seal", [m.getParameter("disputeManager"), slashing], {
    after: grants,
  });
  // The vault last: nobody can register or lock before everything else is fixed.
  const sealVault = m.call(vault, "seal", [[operators, attestations]], { after: [sealOperators, sealAttestations] });
  m.call(access, "renounceRole", [Role.ADMIN, deployer], { id: "hand_over", after: [sealVault] });

  return { access, vault, operators, p256Verifier, models, attestations, slashing };
});
