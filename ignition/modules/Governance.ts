import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id } from "ethers";

/** Role ids of the AccessManager, as in contracts/governance/Roles.sol. */
export const ROLES = { ADMIN: 0n, GOVERNOR: 1n, GUARDIAN: 2n } as const;

const INTAKE = { "pause()": ROLES.GUARDIAN, "resume()": ROLES.GUARDIAN };

/** Who may call which restricted function, by contract and signature; every other restricted function is for ADMIN. */
export const FUNCTION_ROLES = {
  vault: { "announceModule(address)": ROLES.GOVERNOR, "removeModule(address)": ROLES.GOVERNOR },
  operators: {
    "addVerifier(address)": ROLES.GOVERNOR,
    "setMinOperatorStake(uint96)": ROLES.GOVERNOR,
    ...INTAKE,
  },
  court: { "addConfigs((uint24,(uint16,uint24,uint24,uint24,uint24,uint80,uint8,uint16)[])[])": ROLES.GOVERNOR },
  models: { "setProtocolMinCoverage(uint96)": ROLES.GOVERNOR, ...INTAKE },
  attestations: INTAKE,
  disputes: { "setBondBps(uint16)": ROLES.GOVERNOR, "setReplayBond(uint96)": ROLES.GOVERNOR },
} as const satisfies Record<string, Record<string, bigint>>;

/** Selectors of the functions of one contract that a role may call. */
export function selectorsOf(contract: keyof typeof FUNCTION_ROLES, role: bigint): string[] {
  return Object.entries(FUNCTION_ROLES[contract])
    .filter(([, holder]) => holder === role)
    .map(([signature]) => id(signature).slice(0, 10));
}

/** The AccessManager, with the deployer as administrator until Protocol.ts hands it over. */
export default buildModule("Governance", (m) => ({ access: m.contract("AccessManager", [m.getAccount(0)]) }));
