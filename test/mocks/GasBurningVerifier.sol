// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IProofVerifier } from "../../contracts/models/IProofVerifier.sol";
import { Receipt } from "../../contracts/types/Receipt.sol";

/// @notice Uses up all gas it is given.
contract GasBurningVerifier is IProofVerifier {
    function verify(bytes32, Receipt calldata, bytes calldata) external pure returns (bool) {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
