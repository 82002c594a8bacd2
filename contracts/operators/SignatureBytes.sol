// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { SignatureChecker } from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title SignatureBytes
/// @notice Signatures as they travel: `abi.encode(signer bytes, raw signature)`.
library SignatureBytes {
    /// @notice Length of the signer bytes of an EOA.
    uint256 internal constant EOA_LENGTH = 20;

    /// @notice Whether `raw` is the signer's signature of `digest`. For 20 bytes ECDSA alone decides, never code at
    /// that address: a contract could change its mind. For longer ones the ERC-7913 verifier named in the first 20
    /// does.
    function verifies(bytes calldata signer, bytes32 digest, bytes calldata raw) internal view returns (bool) {
        if (signer.length != EOA_LENGTH) return SignatureChecker.isValidSignatureNow(signer, digest, raw);
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, raw);
        return failure == ECDSA.RecoverError.NoError && recovered == address(bytes20(signer));
    }

    /// @notice Splits `data` into signer bytes and raw signature; `ok` is false where `abi.decode` would revert without
    /// a reason.
    function split(bytes calldata data) internal pure returns (bool ok, bytes calldata signer, bytes calldata raw) {
        if (data.length < 64) return (false, data[0:0], data[0:0]);
        (uint256 signerAt, uint256 rawAt) = abi.decode(data, (uint256, uint256));
        bool rawOk;
        (ok, signer) = _element(data, signerAt);
        (rawOk, raw) = _element(data, rawAt);
        ok = ok && rawOk;
    }

    /// @dev The bytes whose length stands at `offset`, at least 64 of `data` being there.
    function _element(bytes calldata data, uint256 offset) private pure returns (bool, bytes calldata) {
        if (offset > data.length - 32) return (false, data[0:0]);
        uint256 length = uint256(bytes32(data[offset:]));
        if (length > data.length - 32 - offset) return (false, data[0:0]);
        return (true, data[offset + 32:offset + 32 + length]);
    }
}
