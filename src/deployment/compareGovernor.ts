/** Reads the governor and its timelock back, if the deployment has them. */
import type { BaseContract } from "ethers";
import { ZeroAddress } from "ethers";

import { TIMELOCK_ROLES } from "../../ignition/modules/Governor.ts";
import type { ContractReader } from "./contractReader.ts";
import type { Compare, Expectation } from "./expectation.ts";

type Role = keyof typeof TIMELOCK_ROLES;

/** The governor's terms, and what it governs with. */
async function compareTerms(
  governor: BaseContract,
  timelock: string,
  { addresses: a, parameters: { governor: g } }: Expectation,
  compare: Compare,
): Promise<void> {
  const values = {
    "token()": a.vault,
    "timelock()": timelock,
    "votingDelay()": g.votingDelay,
    "votingPeriod()": g.votingPeriod,
    "proposalThreshold()": g.threshold,
    "quorumNumerator()": g.quorumPercent,
    "quorumDenominator()": 100n,
  };
  for (const [getter, expected] of Object.entries(values)) {
    const actual: unknown = await governor.getFunction(getter).staticCall();
    compare(`governor.${getter.slice(0, -2)}`, actual, expected);
  }
}

/** The governor proposes and cancels, anybody executes, and the timelock alone administers itself. */
async function compareRoles(
  timelock: BaseContract,
  governor: string,
  { addresses: a, deployer, blocks }: Expectation,
  compare: Compare,
): Promise<void> {
  const expected: Record<Role, string> = {
    ADMIN: a.timelock!,
    PROPOSER: governor,
    CANCELLER: governor,
    EXECUTOR: ZeroAddress,
  };
  const granted = (await timelock.queryFilter("RoleGranted", blocks.first, blocks.last)).map((log) => {
    const [role, member] = timelock.interface.parseLog(log)!.args as unknown as [string, string];
    return { role, member };
  });
  for (const [name, role] of Object.entries(TIMELOCK_ROLES) as [Role, string][]) {
    const admin: unknown = await timelock.getFunction("getRoleAdmin").staticCall(role);
    compare(`timelock.getRoleAdmin(${name})`, admin, TIMELOCK_ROLES.ADMIN);
    const members = granted.filter((grant) => grant.role === role).map(({ member }) => member);
    for (const member of new Set([expected[name], deployer, ...members])) {
      const isMember: unknown = await timelock.getFunction("hasRole").staticCall(role, member);
      compare(`timelock.hasRole(${name}, ${member})`, isMember, member === expected[name]);
    }
  }
}

/** Compares the governor and its timelock with what was asked for; nothing if the owner is somebody else. */
export async function compareGovernor(
  { at }: ContractReader,
  expectation: Expectation,
  compare: Compare,
): Promise<void> {
  const { addresses: a, parameters: p, blocks } = expectation;
  if (a.timelock === undefined || a.governor === undefined) return;
  const timelock = await at("TimelockController", a.timelock);
  const governor = await at("CredenceGovernor", a.governor);
  await compareTerms(governor, a.timelock, expectation, compare);
  compare("timelock.getMinDelay", await timelock.getFunction("getMinDelay").staticCall(), p.governor.timelockDelay);
  await compareRoles(timelock, a.governor, expectation, compare);
  // Until the end the deployer could have made itself proposer for a moment: what it scheduled then would still be due.
  const scheduled = await timelock.queryFilter("CallScheduled", blocks.first, blocks.last);
  compare("number of calls scheduled in the timelock during the deployment", scheduled.length, 0);
  for (const name of ["timelock", "governor"] as const) compare(`reserve is the ${name}`, p.reserve === a[name], false);
}
