// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Receipt } from "../types/Receipt.sol";

/// @title IProofVerifier
/// @notice Checks a validity proof of an answer (a zkML proof, an enclave's attestation). A method, never an end: it
/// ends no case and shortens no lock.
interface IProofVerifier {
    /// @notice Whether the proof shows that the model gave this output for this input.
    /// @param proofKey the key that the model's policy names, for instance a hash of a circuit.
    /// @param receipt the answer.
    /// @param proof in the verifier's own format.
    /// @return whether the proof shows that the model gave this output for this input.
    function verify(bytes32 proofKey, Receipt calldata receipt, bytes calldata proof) external view returns (bool);
}
