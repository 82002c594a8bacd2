// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IProofVerifier } from "../../contracts/models/IProofVerifier.sol";
import { Receipt } from "../../contracts/types/Receipt.sol";

/// @notice Reverts, with a word that reads like `true`.
contract RevertingVerifier is IProofVerifier {
    function verify(bytes32, Receipt calldata, bytes calldata) external pure returns (bool) {
        assembly ("memory-safe") {
            mstore(0x00, 1)
            revert(0x00, 0x20)
        }
    }
}
