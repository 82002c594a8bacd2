import { ZeroAddress, parseEther } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import Protocol from "../../ignition/modules/Protocol.ts";
import Token from "../../ignition/modules/Token.ts";

const DAY = 86_400;

export const RESERVE = "0x000000000000000000000000000000000000dEaD";

/** What a test may change of a deployment; everything else is as on a local network. */
export type DeployProtocolParameters = { disputeManager?: string; judgementTerms?: string; minWindow?: number };

/**
 * Deploys token and protocol through Ignition. The first account is the treasury and deployer and holds all tokens; the
 * last one is owner and guardian.
 */
export async function deployProtocol(
  { ethers, ignition }: NetworkConnection,
  { disputeManager = ZeroAddress, judgementTerms = ZeroAddress, minWindow = 3_600 }: DeployProtocolParameters = {},
) {
  const signers = await ethers.getSigners();
  const [deployer, owner] = [signers[0]!, signers.at(-1)!];
  const { token } = await ignition.deploy(Token, {
    parameters: { Token: { treasury: deployer.address, supply: parseEther("1000000000") } },
  });
  const deployed = await ignition.deploy(Protocol, {
    parameters: {
      Staking: {
        token: await token.getAddress(),
        reserve: RESERVE,
        unbondingPeriod: 21 * DAY,
        moduleDelay: 35 * DAY,
        minEnroll: parseEther("500"),
      },
      Operators: { minOperatorStake: parseEther("1000") },
      Models: { minWindow, protocolMinCoverage: parseEther("10"), judgementTerms },
      Protocol: { owner: owner.address, guardian: owner.address, disputeManager },
    },
  });
  const address = async (contract: { getAddress(): Promise<string> }): Promise<string> => contract.getAddress();
  return {
    owner,
    token: await ethers.getContractAt("CredenceToken", await address(token)),
    access: await ethers.getContractAt("AccessManager", await address(deployed.access)),
    vault: await ethers.getContractAt("StakeVault", await address(deployed.vault)),
    p256Verifier: await ethers.getContractAt("ERC7913P256Verifier", await address(deployed.p256Verifier)),
    operators: await ethers.getContractAt("OperatorRegistry", await address(deployed.operators)),
    models: await ethers.getContractAt("ModelRegistry", await address(deployed.models)),
    attestations: await ethers.getContractAt("AttestationRegistry", await address(deployed.attestations)),
    slashing: await ethers.getContractAt("SlashingRegistry", await address(deployed.slashing)),
  };
}
