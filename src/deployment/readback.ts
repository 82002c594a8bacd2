/** Reads a deployment back from the chain and compares it with what was asked for. */
import type { BaseContract } from "ethers";

import { FUNCTION_ROLES, ROLES } from "../../ignition/modules/Governance.ts";
import type { Addresses } from "./addressBook.ts";
import { compareGovernor } from "./compareGovernor.ts";
import type { ContractReader } from "./contractReader.ts";
import type { Compare, Expectation } from "./expectation.ts";

const GENESIS = "2"; // IStakeVault.ModuleStatus
const HONOUR_BASE = 12n * 3_600n; // ModelRegistry: time to honour, and for a move of a game, beyond minWindow, seconds

type Name = Exclude<keyof Addresses, "timelock" | "governor">;
type Contracts = Readonly<Record<Name, BaseContract>>;

async function connect({ at }: ContractReader, addresses: Addresses): Promise<Contracts> {
  return {
    access: await at("AccessManager", addresses.access),
    token: await at("CredenceToken", addresses.token),
    vault: await at("StakeVault", addresses.vault),
    configRules: await at("ConfigRules", addresses.configRules),
    seedSource: await at("BlockhashSeedSource", addresses.seedSource),
    court: await at("Court", addresses.court),
    p256Verifier: await at("ERC7913P256Verifier", addresses.p256Verifier),
    operators: await at("OperatorRegistry", addresses.operators),
    models: await at("ModelRegistry", addresses.models),
    attestations: await at("AttestationRegistry", addresses.attestations),
    slashing: await at("SlashingRegistry", addresses.slashing),
    disputes: await at("DisputeManager", addresses.disputes),
    replay: await at("ReplayGame", addresses.replay),
  };
}

/** Every constant, immutable and wired address that the parameters decide, by contract and getter. */
function expectedValues({
  addresses: a,
  parameters: p,
  tokenDecimals,
}: Expectation): Partial<Record<Name, Record<string, string | bigint>>> {
  return {
    token: { decimals: BigInt(tokenDecimals) },
    vault: {
      authority: a.access,
      TOKEN: a.token,
      RESERVE: p.reserve,
      UNBONDING_PERIOD: p.unbondingPeriod,
      MODULE_DELAY: p.moduleDelay,
      MIN_ENROLL: p.minEnroll,
      court: a.court,
    },
    configRules: { MATURITY: p.maturity, MIN_WINDOW: p.minWindow },
    court: {
      authority: a.access,
      VAULT: a.vault,
      RULES: a.configRules,
      SEED_SOURCE: a.seedSource,
      MATURITY: p.maturity,
      TOTAL_FLOOR: p.totalFloor,
      configCount: BigInt(p.courtConfigs.length),
      disputeManager: a.disputes,
    },
    operators: {
      authority: a.access,
      VAULT: a.vault,
      GENESIS_MIN_OPERATOR_STAKE: p.minOperatorStake,
      minOperatorStake: p.minOperatorStake,
      slashingRegistry: a.slashing,
      attestationRegistry: a.attestations,
    },
    models: {
      authority: a.access,
      MIN_WINDOW: p.minWindow,
      HONOUR_WINDOW: HONOUR_BASE + p.minWindow,
      JUDGEMENT_TERMS: a.court,
      GENESIS_MIN_COVERAGE: p.protocolMinCoverage,
      protocolMinCoverage: p.protocolMinCoverage,
    },
    attestations: {
      authority: a.access,
      VAULT: a.vault,
      OPERATORS: a.operators,
      MODELS: a.models,
      HONOUR_WINDOW: HONOUR_BASE + p.minWindow,
      disputeManager: a.disputes,
      slashingRegistry: a.slashing,
    },
    slashing: { ATTESTATIONS: a.attestations, OPERATORS: a.operators, EVIDENCE_PERIOD: p.unbondingPeriod },
    disputes: {
      authority: a.access,
      VAULT: a.vault,
      ATTESTATIONS: a.attestations,
      SLASHING: a.slashing,
      MODELS: a.models,
      COURT: a.court,
      bondBps: p.bondBps,
      GENESIS_REPLAY_BOND: p.replayBond,
      replayBond: p.replayBond,
      replay: a.replay,
    },
    replay: {
      DISPUTES: a.disputes,
      ATTESTATIONS: a.attestations,
      MODELS: a.models,
      MOVE_WINDOW: HONOUR_BASE + p.minWindow,
    },
  };
}

async function compareValues(contracts: Contracts, expectation: Expectation, compare: Compare): Promise<void> {
  for (const [name, values] of Object.entries(expectedValues(expectation))) {
    for (const [getter, expected] of Object.entries(values)) {
      compare(`${name}.${getter}`, await contracts[name as Name].getFunction(getter).staticCall(), expected);
    }
  }
}

/** The vault's modules and the signature verifiers are those of genesis, and no others were added on the way. */
async function compareLists(contracts: Contracts, expectation: Expectation, compare: Compare): Promise<void> {
  const { addresses: a, blocks } = expectation;
  const { vault, operators } = contracts;
  for (const module of [a.operators, a.attestations, a.court]) {
    const [status] = (await vault.getFunction("moduleStatus").staticCall(module)) as unknown as [bigint, bigint];
    compare(`vault.moduleStatus(${module})`, status, GENESIS);
  }
  const listed = async (contract: BaseContract, event: string): Promise<string> => {
    const logs = await contract.queryFilter(event, blocks.first, blocks.last);
    return logs.map((log) => String(contract.interface.parseLog(log)?.args[0])).join(", ");
  };
  compare("vault's modules", await listed(vault, "ModuleActivated"), [a.operators, a.attestations, a.court].join(", "));
  await compareConfigs(contracts, expectation, compare);
  compare("operators' verifiers", await listed(operators, "VerifierAdded"), a.p256Verifier);
}

/** The court's configs, number by number. */
async function compareConfigs(contracts: Contracts, { parameters: p }: Expectation, compare: Compare): Promise<void> {
  for (const [index, config] of p.courtConfigs.entries()) {
    const actual = (await contracts.court.getFunction("configOf").staticCall(index)) as {
      toObject(deep: true): object;
    };
    compare(`court.configOf(${String(index)})`, asText(actual.toObject(true)), asText(config));
  }
}

const asText = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item));

/** Each function of each contract is for the role it should be for; what no table names is for the administrator. */
async function compareFunctionRoles(contracts: Contracts, addresses: Addresses, compare: Compare): Promise<void> {
  for (const name of ["vault", "operators", "court", "models", "attestations", "disputes"] as const) {
    const roles: Readonly<Record<string, bigint>> = FUNCTION_ROLES[name];
    const isClosed: unknown = await contracts.access.getFunction("isTargetClosed").staticCall(addresses[name]);
    compare(`access.isTargetClosed(${name})`, isClosed, false);
    for (const fragment of contracts[name].interface.fragments) {
      if (fragment.type !== "function") continue;
      const signature = fragment.format();
      const selector = contracts[name].interface.getFunction(signature)!.selector;
      const role: unknown = await contracts.access
        .getFunction("getTargetFunctionRole")
        .staticCall(addresses[name], selector);
      compare(`role that may call ${name}.${signature}`, role, roles[signature] ?? ROLES.ADMIN);
    }
  }
}

/** Whoever was ever granted a role and still has it: the owner and the guardian, and nobody else. */
async function compareMembers(contracts: Contracts, expectation: Expectation, compare: Compare): Promise<void> {
  const { parameters: p, owner, blocks, deployer } = expectation;
  const { access } = contracts;
  const expected = new Set([
    `${ROLES.ADMIN} ${owner}`,
    `${ROLES.GOVERNOR} ${owner}`,
    `${ROLES.GUARDIAN} ${p.guardian}`,
  ]);
  const granted = (await access.queryFilter("RoleGranted", blocks.first, blocks.last)).map((log) => {
    const [role, member] = access.interface.parseLog(log)!.args as unknown as [bigint, string];
    return `${role} ${member}`;
  });
  const seen = [...Object.values(ROLES).map((role) => `${role} ${deployer}`), ...granted, ...expected];
  for (const membership of new Set(seen)) {
    const [role, member] = membership.split(" ");
    const [isMember, delay] = (await access.getFunction("hasRole").staticCall(role, member)) as unknown as [
      boolean,
      bigint,
    ];
    compare(`access.hasRole(${role!}, ${member!})`, isMember, expected.has(membership));
    if (isMember) compare(`execution delay of ${member!} in role ${role!}`, delay, 0n);
  }
}

/**
 * Reads roles, function roles, modules, seals, immutables, parameters, timelock and governor back and compares them.
 * @returns one sentence per difference, with the actual and the expected value; none if the chain is as asked for.
 */
export async function readBack(reader: ContractReader, expectation: Expectation): Promise<string[]> {
  const differences: string[] = [];
  const compare: Compare = (what, actual, expected) => {
    if (String(actual) !== String(expected)) {
      differences.push(`${what} is ${String(actual)}, expected ${String(expected)}`);
    }
  };
  for (const [name, address] of Object.entries(expectation.addresses)) {
    if ((await reader.provider.getCode(address)) === "0x") differences.push(`${name}: no code at ${address}`);
  }
  if (differences.length > 0) return differences;
  const contracts = await connect(reader, expectation.addresses);
  await compareValues(contracts, expectation, compare);
  await compareLists(contracts, expectation, compare);
  await compareFunctionRoles(contracts, expectation.addresses, compare);
  await compareMembers(contracts, expectation, compare);
  await compareGovernor(reader, expectation, compare);
  return differences;
}
