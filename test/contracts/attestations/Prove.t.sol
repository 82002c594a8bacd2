// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { AnswerStatus, Methods } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AcceptingVerifier } from "../../mocks/AcceptingVerifier.sol";
import { GasBurningVerifier } from "../../mocks/GasBurningVerifier.sol";
import { RawReturnVerifier } from "../../mocks/RawReturnVerifier.sol";
import { ReenteringVerifier } from "../../mocks/ReenteringVerifier.sol";
import { RevertingVerifier } from "../../mocks/RevertingVerifier.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract ProveTest is AnswerTest {
    bytes32 private constant KEY = keccak256("circuit");

    CredenceReceipt private receipt;
    bytes32 private id;

    function test_AcceptedProofIsAMethodAndNothingElse() external {
        address verifier = address(new AcceptingVerifier());
        _answerOf(verifier);
        uint256 finalAt = attestations.checkReceipt(receipt).finalAt;
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerProven(id, verifier);
        vm.prank(stranger);
        attestations.prove(receipt, _proof());
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN | Methods.PROVEN);
        assertEq(attestations.checkReceipt(receipt).finalAt, finalAt);
        _assertStatus(receipt, AnswerStatus.Pending);
        assertEq(_locked(), LOCK);
    }

    function test_EndsNoCase() external {
        _answerOf(address(new AcceptingVerifier()));
        _hold(receipt);
        attestations.prove(receipt, _proof());
        assertEq(attestations.answer(id).openCases, 1);
        _assertStatus(receipt, AnswerStatus.Contested);
    }

    function test_AcceptedAfterFinality() external {
        _answerOf(address(new AcceptingVerifier()));
        vm.warp(block.timestamp + 365 days);
        attestations.prove(receipt, _proof());
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN | Methods.PROVEN);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    function test_RevertWhen_Refused() external {
        _answerOf(address(new AcceptingVerifier()));
        _expectNotProven(abi.encode(KEY, keccak256(OUTPUT), keccak256(REQUEST)));
    }

    function test_RevertWhen_TheVerifierReverts() external {
        _answerOf(address(new RevertingVerifier()));
        _expectNotProven(_proof());
    }

    function test_RevertWhen_TheVerifierBurnsAllGas() external {
        _answerOf(address(new GasBurningVerifier()));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotProven.selector, id));
        attestations.prove{ gas: 5_000_000 }(receipt, "");
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN);
    }

    function test_RevertWhen_TheVerifierReenters() external {
        _answerOf(address(new ReenteringVerifier()));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotProven.selector, id));
        attestations.prove{ gas: 5_000_000 }(receipt, "");
        // It would have accepted: what stops it is that it is only asked, not called.
        attestations.prove(receipt, hex"01");
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN | Methods.PROVEN);
    }

    function test_RevertWhen_TheVerifierHasNoCode() external {
        _answerOf(makeAddr("no code"));
        _expectNotProven(_proof());
    }

    function test_RevertWhen_TheAnswerIsShort() external {
        RawReturnVerifier verifier = new RawReturnVerifier();
        _answerOf(address(verifier));
        _expectNotProven(_proof());
        verifier.setAnswer(hex"01");
        _expectNotProven(_proof());
    }

    /// @dev 31 zero bytes, and memory that the answer does not reach ends in 1: the receipt id is the last thing that
    /// was hashed there.
    function test_RevertWhen_AStaleByteWouldMakeItTrue() external {
        RawReturnVerifier verifier = new RawReturnVerifier();
        _answerOf(address(verifier));
        for (uint256 job = 1; uint256(id) % 256 != 1; ++job) {
            receipt.jobId = bytes32(job);
            id = _id(receipt);
        }
        _publish(_anchorOne(receipt));
        verifier.setAnswer(new bytes(31));
        _expectNotProven(_proof());
    }

    /// @dev Only 1 is true: a word that is not a bool is no acceptance.
    function testFuzz_RevertWhen_TheAnswerIsNotOne(uint256 word) external {
        vm.assume(word != 1);
        RawReturnVerifier verifier = new RawReturnVerifier();
        _answerOf(address(verifier));
        verifier.setAnswer(abi.encode(word));
        _expectNotProven(_proof());
    }

    function test_AHugeAnswerIsReadByItsFirstWord() external {
        RawReturnVerifier verifier = new RawReturnVerifier();
        _answerOf(address(verifier));
        verifier.setSize(1 << 20);
        attestations.prove{ gas: 5_000_000 }(receipt, "");
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN | Methods.PROVEN);
    }

    function test_RevertWhen_TheModelNamesNoVerifier() external {
        receipt = _published(0);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NoProofVerifier.selector, modelId));
        attestations.prove(receipt, "");
    }

    function test_RevertWhen_TheAnswerIsUnknown() external {
        receipt = _receipt(0);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerUnknown.selector, _id(receipt)));
        attestations.prove(receipt, "");
    }

    function test_RevertWhen_TheAnswerWasOverturned() external {
        _answerOf(address(new AcceptingVerifier()));
        _seize(receipt);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        attestations.prove(receipt, _proof());
    }

    /* HELPERS */

    function _answerOf(address verifier) private {
        IModelRegistry.Policy memory policy = _policy();
        (policy.proofVerifier, policy.proofKey) = (verifier, KEY);
        receipt = _receipt(0);
        receipt.modelId = _publishModel(policy);
        id = _publish(_anchorOne(receipt));
    }

    function _proof() private pure returns (bytes memory) {
        return abi.encode(KEY, keccak256(REQUEST), keccak256(OUTPUT));
    }

    function _expectNotProven(bytes memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotProven.selector, id));
        attestations.prove(receipt, proof);
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN);
    }
}
