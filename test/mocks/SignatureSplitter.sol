// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SignatureBytes } from "../../contracts/operators/SignatureBytes.sol";

/// @notice Makes the library callable with any calldata, beside the compiler's own decoder.
contract SignatureSplitter {
    function split(bytes calldata data) external pure returns (bool, bytes memory, bytes memory) {
        return SignatureBytes.split(data);
    }

    function decode(bytes calldata data) external pure returns (bytes memory, bytes memory) {
        return abi.decode(data, (bytes, bytes));
    }

    function verifies(bytes calldata signer, bytes32 digest, bytes calldata raw) external view returns (bool) {
        return SignatureBytes.verifies(signer, digest, raw);
    }
}
