/** Has a block explorer verify the sources of a deployment, from its address book. */
import { verifyContract, type VerifyContractArgs } from "@nomicfoundation/hardhat-verify/verify";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import type { AddressBook } from "./addressBook.ts";

/** What the explorer is asked, one request per contract that the deployment created. */
export function verificationRequests(book: AddressBook): VerifyContractArgs[] {
  return book.creations.map(({ contract, address, constructorArguments, transaction }) => ({
    contract,
    address,
    constructorArgs: constructorArguments,
    creationTxHash: transaction,
  }));
}

/**
 * Asks Etherscan (or what the chain's descriptor names; key: ETHERSCAN_API_KEY) for each contract in turn.
 * @param runtimeOf - gives the runtime environment of a project that has compiled a contract, named as in the address book.
 * @returns one sentence per contract that was not verified.
 */
export async function verifySources(
  runtimeOf: (contract: string) => HardhatRuntimeEnvironment | Promise<HardhatRuntimeEnvironment>,
  book: AddressBook,
): Promise<string[]> {
  const failures: string[] = [];
  for (const request of verificationRequests(book)) {
    try {
      await verifyContract(request, await runtimeOf(request.contract!));
    } catch (error) {
      failures.push(
        `${request.contract!} at ${request.address}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return failures;
}
