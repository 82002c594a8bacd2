// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IProofVerifier } from "../../contracts/models/IProofVerifier.sol";
import { Receipt } from "../../contracts/types/Receipt.sol";

/// @notice Accepts a proof that repeats key, output and input hash, and nothing else.
contract AcceptingVerifier is IProofVerifier {
    function verify(bytes32 proofKey, Receipt calldata receipt, bytes calldata proof) external pure returns (bool) {
        return keccak256(proof) == keccak256(abi.encode(proofKey, receipt.inputHash, receipt.outputHash));
    }
}
