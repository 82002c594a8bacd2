import { Contract, Interface, type ContractRunner } from "ethers";

import { abis } from "../../typechain-types/abis.ts";
import type { AttestationRegistry } from "../../typechain-types/contracts/attestations/AttestationRegistry.ts";
import type { Court } from "../../typechain-types/contracts/court/Court.ts";
import type { DisputeManager } from "../../typechain-types/contracts/disputes/DisputeManager.ts";
import type { ModelRegistry } from "../../typechain-types/contracts/models/ModelRegistry.ts";
import type { OperatorRegistry } from "../../typechain-types/contracts/operators/OperatorRegistry.ts";
import type { ReplayGame } from "../../typechain-types/contracts/replay/ReplayGame.ts";
import type { SlashingRegistry } from "../../typechain-types/contracts/slashing/SlashingRegistry.ts";
import type { StakeVault } from "../../typechain-types/contracts/staking/StakeVault.ts";
import type { CredenceToken } from "../../typechain-types/contracts/token/CredenceToken.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { namingRunner } from "./inputs.ts";

/** The contracts of a deployment, ready to be called. */
export type Contracts = {
  /** The stake token, of which only what ERC-20 has is used. */
  token: CredenceToken;
  vault: StakeVault;
  operators: OperatorRegistry;
  models: ModelRegistry;
  attestations: AttestationRegistry;
  slashing: SlashingRegistry;
  court: Court;
  disputes: DisputeManager;
  replay: ReplayGame;
};

/** Each is read once: that takes longer than what most actions do besides. */
const interfaces = new Map<keyof typeof abis, Interface>();

/** @param runner A provider to read, a signer to send. */
export function contractsOf(deployment: Deployment, runner: ContractRunner): Contracts {
  const naming = namingRunner(runner);
  const at = <T>(address: string, name: keyof typeof abis) =>
    new Contract(address, interfaceOf(name), naming) as unknown as T;
  return {
    token: at<CredenceToken>(deployment.token, "CredenceToken"),
    vault: at<StakeVault>(deployment.vault, "StakeVault"),
    operators: at<OperatorRegistry>(deployment.operators, "OperatorRegistry"),
    models: at<ModelRegistry>(deployment.models, "ModelRegistry"),
    attestations: at<AttestationRegistry>(deployment.attestations, "AttestationRegistry"),
    slashing: at<SlashingRegistry>(deployment.slashing, "SlashingRegistry"),
    court: at<Court>(deployment.court, "Court"),
    disputes: at<DisputeManager>(deployment.disputes, "DisputeManager"),
    replay: at<ReplayGame>(deployment.replay, "ReplayGame"),
  };
}

function interfaceOf(name: keyof typeof abis): Interface {
  const known = interfaces.get(name) ?? new Interface(abis[name]);
  interfaces.set(name, known);
  return known;
}
