// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice An account that is a contract, and accepts what its owner signed.
contract Wallet is IERC1271 {
    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recoverCalldata(hash, signature) == OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @notice Ballots that somebody else sends: who may sign them, what the signature binds, and that none comes back.
contract CourtSignedBallotsTest is CourtTest {
    bytes32 private constant BALLOT_TYPEHASH = keccak256(
        "Ballot(bytes32 caseId,uint256 round,address voter,bytes32 commitHash,bytes cipher,uint40 signedAt)"
    );

    bytes32 private caseId;
    address private voter;
    uint256 private voterKey;
    address private keyOf;
    uint256 private votingKey;
    Wallet private wallet;

    function setUp() public override {
        super.setUp();
        (voter, voterKey) = makeAddrAndKey("signing voter");
        (keyOf, votingKey) = makeAddrAndKey("voting key");
        wallet = new Wallet(voter);
        _enroll(voter, 50_000e18);
        _enroll(address(wallet), 50_000e18);
        skip(7 days + 1);
        (, caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
        skip(1 hours);
    }

    /* WHO MAY SIGN */

    function test_AnybodySendsWhatTheVoterSigned() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        signed.cipher = "note to self";
        bytes memory signature = _by(voterKey, signed);
        (uint256 weight, uint256 risk) = court.weightOf(caseId, voter);
        vm.expectEmit(address(court));
        emit ICourt.Committed(caseId, 0, voter, signed.commitHash, weight, "note to self");
        vm.prank(stranger);
        court.commitSigned(signed, signature);
        (ICourt.Ballot memory ballot, bytes32 hash) = court.ballotOf(caseId, 0, voter);
        assertEq(ballot.signedAt, signed.signedAt);
        assertEq(hash, signed.commitHash);
        assertEq(vault.lockedBy(address(court), voter), risk);
        _skipPhase(caseId);
        _reveal(caseId, voter, AT_FAULT);
        assertEq(court.roundOf(caseId, 0).atFault, weight);
    }

    function test_TheVotingKeySigns() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        bytes memory signature = _by(votingKey, signed);
        _assertInvalid(signed, signature);
        vm.prank(voter);
        vault.setVotingKey(keyOf);
        court.commitSigned(signed, signature);
        // A key that was replaced signs no more.
        skip(1);
        signed.signedAt = uint40(block.timestamp);
        signature = _by(votingKey, signed);
        vm.prank(voter);
        vault.setVotingKey(stranger);
        _assertInvalid(signed, signature);
    }

    function test_AContractSigns() external {
        ICourt.SignedCommit memory signed = _signed(address(wallet), AT_FAULT);
        _assertInvalid(signed, _by(votingKey, signed));
        court.commitSigned(signed, _by(voterKey, signed));
        assertGt(court.roundOf(caseId, 0).committed, 0);
    }

    function test_AContractIsTheVotingKey() external {
        address holder = holders[0];
        ICourt.SignedCommit memory signed = _signed(holder, AT_FAULT);
        vm.prank(holder);
        vault.setVotingKey(address(wallet));
        _assertInvalid(signed, _by(votingKey, signed));
        court.commitSigned(signed, _by(voterKey, signed));
        assertGt(court.roundOf(caseId, 0).committed, 0);
    }

    function test_RevertWhen_SignedBySomebodyElse() external {
        ICourt.SignedCommit memory signed = _signed(holders[0], AT_FAULT);
        _assertInvalid(signed, _by(voterKey, signed));
        _assertInvalid(signed, "");
        _assertInvalid(signed, new bytes(65));
    }

    function test_RevertWhen_TheSignerHasNoSeat() external {
        (address nobody, uint256 nobodyKey) = makeAddrAndKey("nobody");
        ICourt.SignedCommit memory signed = _signed(nobody, AT_FAULT);
        bytes memory signature = _by(nobodyKey, signed);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoSeats.selector, nobody, 0, 300_000e18, 15));
        court.commitSigned(signed, signature);
    }

    function test_RevertWhen_TheSignedHashIsZero() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        signed.commitHash = 0;
        bytes memory signature = _by(voterKey, signed);
        vm.expectRevert(ICourt.CommitEmpty.selector);
        court.commitSigned(signed, signature);
    }

    /* WHAT IS SIGNED */

    function test_RevertWhen_AnyFieldIsAltered() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        signed.cipher = "cipher";
        bytes memory signature = _by(voterKey, signed);

        ICourt.SignedCommit memory altered = abi.decode(abi.encode(signed), (ICourt.SignedCommit));
        altered.voter = holders[0];
        _assertInvalid(altered, signature);
        altered = abi.decode(abi.encode(signed), (ICourt.SignedCommit));
        altered.commitHash = _hashOf(caseId, voter, NOT_AT_FAULT);
        _assertInvalid(altered, signature);
        altered = abi.decode(abi.encode(signed), (ICourt.SignedCommit));
        altered.cipher = "other cipher";
        _assertInvalid(altered, signature);
        altered = abi.decode(abi.encode(signed), (ICourt.SignedCommit));
        altered.signedAt -= 1;
        _assertInvalid(altered, signature);
        court.commitSigned(signed, signature);
    }

    function test_RevertWhen_SignedForAnotherCase() external {
        (, bytes32 other) = _openNew(2);
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        bytes memory signature = _by(voterKey, signed);
        _toCommit(other, keccak256("other seed"));
        signed.caseId = other;
        _assertInvalid(signed, signature);
    }

    function test_RevertWhen_SignedForAnotherRound() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        bytes memory signature = _by(voterKey, signed);
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, opener);
        _toCommit(caseId, keccak256("next seed"));
        _assertInvalid(signed, signature);
        court.commitSigned(signed, _by(voterKey, signed, 1));
    }

    function test_RevertWhen_SignedForAnotherChainOrCourt() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        bytes32 structHash = _structHash(signed, 0);
        _assertInvalid(signed, _sign(voterKey, _digest(address(vault), structHash)));
        bytes memory signature = _by(voterKey, signed);
        vm.chainId(block.chainid + 1);
        _assertInvalid(signed, signature);
    }

    /* WHEN IT WAS SIGNED */

    function test_RevertWhen_AnOlderSignatureIsSentAgain() external {
        ICourt.SignedCommit memory older = _signed(voter, AT_FAULT);
        bytes memory olderSignature = _by(voterKey, older);
        court.commitSigned(older, olderSignature);
        skip(1);
        ICourt.SignedCommit memory newer = _signed(voter, NOT_AT_FAULT);
        court.commitSigned(newer, _by(voterKey, newer));
        skip(1);
        _assertOutdated(older, olderSignature, newer.signedAt);
        _assertOutdated(newer, _by(voterKey, newer), newer.signedAt);
        (, bytes32 hash) = court.ballotOf(caseId, 0, voter);
        assertEq(hash, newer.commitHash);
    }

    /// @dev What the voter sends itself replaces all it has signed until then, the same second included.
    function test_RevertWhen_TheVoterHasCommittedSince() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        bytes memory signature = _by(voterKey, signed);
        _commit(caseId, voter, NOT_AT_FAULT);
        _assertOutdated(signed, signature, block.timestamp);
        skip(1);
        signed.signedAt = uint40(block.timestamp);
        court.commitSigned(signed, _by(voterKey, signed));
        (, bytes32 hash) = court.ballotOf(caseId, 0, voter);
        assertEq(hash, signed.commitHash);
        // And in the second of a signed one the voter itself is still heard.
        _commit(caseId, voter, NOT_AT_FAULT);
        (, hash) = court.ballotOf(caseId, 0, voter);
        assertEq(hash, _hashOf(caseId, voter, NOT_AT_FAULT));
    }

    function test_RevertWhen_SignedInTheFutureOrAtNoTime() external {
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        signed.signedAt = uint40(block.timestamp + 1);
        bytes memory signature = _by(voterKey, signed);
        _assertOutdated(signed, signature, 0);
        skip(1);
        court.commitSigned(signed, signature);
        signed = _signed(address(wallet), AT_FAULT);
        signed.signedAt = 0;
        _assertOutdated(signed, _by(voterKey, signed), 0);
    }

    /// @dev A ballot signed beforehand counts from the first second of the commit phase.
    function test_ABallotMayBeSignedBeforehand() external {
        (, bytes32 other) = _openNew(2);
        ICourt.SignedCommit memory signed = _signed(voter, AT_FAULT);
        signed.caseId = other;
        signed.commitHash = court.commitHashOf(other, 0, voter, AT_FAULT, SALT);
        bytes memory signature = _by(voterKey, signed);
        _toCommit(other, keccak256("other seed"));
        court.commitSigned(signed, signature);
        _skipPhase(other);
        _reveal(other, voter, AT_FAULT);
    }

    /* HELPERS */

    function _signed(address by, uint8 choice) private view returns (ICourt.SignedCommit memory) {
        return ICourt.SignedCommit(caseId, by, _hashOf(caseId, by, choice), "", uint40(block.timestamp));
    }

    function _by(uint256 secret, ICourt.SignedCommit memory signed) private view returns (bytes memory) {
        return _by(secret, signed, 0);
    }

    function _by(uint256 secret, ICourt.SignedCommit memory signed, uint256 round) private view returns (bytes memory) {
        return _sign(secret, _digest(address(court), _structHash(signed, round)));
    }

    function _structHash(ICourt.SignedCommit memory signed, uint256 round) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    BALLOT_TYPEHASH,
                    signed.caseId,
                    round,
                    signed.voter,
                    signed.commitHash,
                    keccak256(signed.cipher),
                    signed.signedAt
                )
            );
    }

    function _assertInvalid(ICourt.SignedCommit memory signed, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitSignatureInvalid.selector, signed.voter));
        court.commitSigned(signed, signature);
    }

    function _assertOutdated(ICourt.SignedCommit memory signed, bytes memory signature, uint256 last) private {
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitOutdated.selector, signed.signedAt, last, block.timestamp));
        court.commitSigned(signed, signature);
    }
}
