// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import { IOperatorRegistry } from "./IOperatorRegistry.sol";
import { SignatureBytes } from "./SignatureBytes.sol";

/// @title Signers
/// @notice The part of the OperatorRegistry that knows the hot keys: whose, since when, until when, and whether a
/// signature is theirs. See `IOperatorRegistry`, the manual.
abstract contract Signers is IOperatorRegistry, EIP712 {
    /* CONSTANTS */

    bytes32 private constant POSSESSION_TYPEHASH = keccak256(
        "SignerPossession(address operator,bytes signer,uint256 nonce,uint48 deadline)"
    );
    uint40 internal constant OPEN_ENDED = type(uint40).max;

    /* STORAGE */

    struct Signer {
        address operator;
        uint40 validFrom;
        uint40 validUntil;
        bool reported;
    }

    struct Compromise {
        uint40 since;
        uint40 reportedAt;
    }

    mapping(bytes32 signerId => Signer) private _signers;
    mapping(bytes32 signerId => Compromise) private _compromises;
    mapping(address verifier => bool) private _verifiers;

    constructor(address[] memory verifiers) EIP712("Credence", "1") {
        for (uint256 i = 0; i < verifiers.length; ++i) _addVerifier(verifiers[i]);
    }

    /* KEYS */

    /// @inheritdoc IOperatorRegistry
    function addSigner(bytes calldata signer_, uint48 validFrom, uint48 deadline, bytes calldata proof) external {
        uint256 nonce = _useNonce();
        uint256 from = validFrom == 0 ? block.timestamp : validFrom;
        if (from < block.timestamp || from >= OPEN_ENDED) {
            revert TimeOutOfRange(from, block.timestamp, OPEN_ENDED - 1);
        }
        if (block.timestamp > deadline) revert TimeOutOfRange(block.timestamp, 0, deadline);
        _requireSignerBytes(signer_);
        bytes32 signerId = keccak256(signer_);
        if (_signers[signerId].operator != address(0)) revert SignerTaken(signerId, _signers[signerId].operator);

        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(POSSESSION_TYPEHASH, msg.sender, keccak256(signer_), nonce, deadline))
        );
        if (!SignatureBytes.verifies(signer_, digest, proof)) revert SignatureInvalid(signerId, digest);
        _signers[signerId] = Signer({
            operator: msg.sender,
            validFrom: uint40(from),
            validUntil: OPEN_ENDED,
            reported: false
        });
        emit SignerAdded(msg.sender, signerId, signer_, from);
    }

    /// @inheritdoc IOperatorRegistry
    function revokeSigner(bytes32 signerId) external {
        _requireSignerOf(signerId, msg.sender);
        uint40 validUntil = _signers[signerId].validUntil;
        if (validUntil != OPEN_ENDED) revert SignerRevoked(signerId, validUntil);
        _revoke(signerId);
    }

    /// @inheritdoc IOperatorRegistry
    function reportCompromise(bytes32 signerId, uint48 since) external {
        _requireSignerOf(signerId, msg.sender);
        Signer storage s = _signers[signerId];
        if (s.reported) revert SignerRevoked(signerId, _compromises[signerId].reportedAt);
        if (since > block.timestamp) revert TimeOutOfRange(since, 0, block.timestamp);
        s.reported = true;
        _compromises[signerId] = Compromise({ since: uint40(since), reportedAt: uint40(block.timestamp) });
        emit CompromiseReported(msg.sender, signerId, since);
        if (s.validUntil == OPEN_ENDED) _revoke(signerId);
    }

    /* VIEWS */

    /// @inheritdoc IOperatorRegistry
    function signer(bytes32 signerId) external view returns (SignerView memory) {
        Signer memory s = _signers[signerId];
        Compromise memory c = _compromises[signerId];
        return
            SignerView({
                operator: s.operator,
                validFrom: s.validFrom,
                validUntil: s.validUntil,
                compromisedSince: c.since,
                reportedAt: c.reportedAt
            });
    }

    /// @inheritdoc IOperatorRegistry
    function isVerifier(address verifier) external view returns (bool) {
        return _verifiers[verifier];
    }

    /// @inheritdoc IOperatorRegistry
    function requireSigned(
        address operator_,
        bytes32 signerId,
        uint256 timestamp,
        bytes32 digest,
        bytes calldata signature
    ) external view {
        _requireSignerAt(operator_, signerId, timestamp);
        _requireSignature(signerId, digest, signature);
    }

    /* INTERNAL */

    /// @dev The caller's next nonce; reverts unless it is an operator that has not left.
    function _useNonce() internal virtual returns (uint256);

    /// @dev When answers of the key signed at `issuedAt` were reported; the maximum of uint256 if never.
    function _reportedAt(bytes32 signerId, uint256 issuedAt) internal view returns (uint256) {
        if (!_signers[signerId].reported) return type(uint256).max;
        Compromise memory c = _compromises[signerId];
        return issuedAt >= c.since ? c.reportedAt : type(uint256).max;
    }

    function _revoke(bytes32 signerId) private {
        _signers[signerId].validUntil = uint40(block.timestamp);
        emit SignerRevocation(msg.sender, signerId, block.timestamp);
    }

    function _addVerifier(address verifier) internal {
        if (verifier == address(0)) revert ZeroAddress();
        if (_verifiers[verifier]) revert VerifierListed(verifier);
        _verifiers[verifier] = true;
        emit VerifierAdded(verifier);
    }

    function _requireSignerBytes(bytes calldata signer_) private view {
        if (signer_.length < SignatureBytes.EOA_LENGTH) revert SignerLength(signer_.length, SignatureBytes.EOA_LENGTH);
        if (signer_.length == SignatureBytes.EOA_LENGTH) return;
        address verifier = address(bytes20(signer_));
        if (!_verifiers[verifier]) revert VerifierNotListed(verifier);
    }

    function _requireSignerOf(bytes32 signerId, address operator_) private view {
        address actual = _signers[signerId].operator;
        if (actual != operator_) revert SignerOfOther(signerId, actual, operator_);
    }

    function _requireSignerAt(address operator_, bytes32 signerId, uint256 timestamp) internal view {
        Signer memory s = _signers[signerId];
        if (s.operator != operator_) revert SignerOfOther(signerId, s.operator, operator_);
        if (timestamp < s.validFrom || timestamp >= s.validUntil)
            revert SignerNotValid(signerId, timestamp, s.validFrom, s.validUntil);
    }

    function _requireSignature(bytes32 signerId, bytes32 digest, bytes calldata signature) internal view {
        (bool ok, bytes calldata signer_, bytes calldata raw) = SignatureBytes.split(signature);
        if (!ok) revert SignatureMalformed();
        if (keccak256(signer_) != signerId) revert SignatureOfOther(keccak256(signer_), signerId);
        if (!SignatureBytes.verifies(signer_, digest, raw)) revert SignatureInvalid(signerId, digest);
    }
}
