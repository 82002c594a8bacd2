// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { Receipt } from "../../contracts/types/Receipt.sol";

/// @notice Proves the answer again while it is asked, and accepts if that succeeded. Not a view, as the interface
/// demands: the registry has to call it in a way that stops it.
contract ReenteringVerifier {
    function verify(bytes32, Receipt calldata receipt, bytes calldata proof) external returns (bool) {
        if (proof.length > 0) return true;
        IAttestationRegistry(msg.sender).prove(receipt, hex"01");
        return true;
    }
}
