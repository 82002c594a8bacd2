// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { Confidence } from "../../contracts/types/Confidence.sol";
import { Leaf } from "../../contracts/types/Receipt.sol";

/// @notice Measures what `check` costs a contract that calls it, the encoding of the call and decoding of the result included.
contract CheckMeter {
    function measure(IAttestationRegistry attestations, Leaf calldata leaf) external view returns (uint256 gas, uint8) {
        uint256 before = gasleft();
        Confidence memory confidence = attestations.check(leaf);
        return (before - gasleft(), uint8(confidence.status));
    }
}
