import type { ArtifactResolver } from "@nomicfoundation/ignition-core";
import { BaseContract, type Provider } from "ethers";

/** Reaches contracts by the ABI of the artifacts that a deployment is made from. */
export type ContractReader = {
  readonly provider: Provider;
  /** @param name - of the contract, without its file. */
  readonly at: (name: string, address: string) => Promise<BaseContract>;
};

/** A reader of contracts that were deployed from the artifacts. */
export function contractReader(provider: Provider, artifacts: ArtifactResolver): ContractReader {
  return {
    provider,
    at: async (name, address) => {
      const { abi } = await artifacts.loadArtifact(name);
      return new BaseContract(address, abi, provider);
    },
  };
}
