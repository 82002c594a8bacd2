// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CredenceConsumer } from "../../../contracts/consumer/CredenceConsumer.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { LanguageGate } from "../../../examples/consumers/LanguageGate.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract LanguageGateTest is AnswerTest {
    LanguageGate private gate;
    CredenceReceipt private receipt;

    function setUp() public override {
        super.setUp();
        gate = new LanguageGate(attestations, modelId, OUTPUT, COVERAGE);
        beneficiary = address(gate);
        receipt = _published(0);
    }

    function test_ListsATextWhenItsAnswerIsFinal() external {
        uint256 finalAt = block.timestamp + WINDOW;
        vm.expectRevert(
            abi.encodeWithSelector(CredenceConsumer.NotFinal.selector, AnswerStatus.Pending, block.timestamp, finalAt)
        );
        gate.list(REQUEST, _bare(receipt), OUTPUT);
        vm.warp(finalAt);
        bytes32 id = _id(receipt);
        vm.expectEmit(address(gate));
        emit LanguageGate.TextListed(keccak256(REQUEST), id);
        gate.list(REQUEST, _bare(receipt), OUTPUT);
        assertTrue(gate.isListed(keccak256(REQUEST)));
        vm.expectRevert(abi.encodeWithSelector(LanguageGate.ListedAlready.selector, keccak256(REQUEST)));
        gate.list(REQUEST, _bare(receipt), OUTPUT);
    }

    function test_RevertWhen_TheAnswerIsOverturned() external {
        _seize(receipt);
        uint256 finalAt = attestations.checkReceipt(receipt).finalAt;
        vm.warp(finalAt);
        vm.expectRevert(
            abi.encodeWithSelector(CredenceConsumer.NotFinal.selector, AnswerStatus.Overturned, finalAt, finalAt)
        );
        gate.list(REQUEST, _bare(receipt), OUTPUT);
    }

    function test_RevertWhen_TheAnswerIsToAnotherText() external {
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                CredenceConsumer.InputMismatch.selector,
                keccak256(REQUEST),
                keccak256("another text")
            )
        );
        gate.list("another text", _bare(receipt), OUTPUT);
    }

    function test_RevertWhen_TheLanguageIsAnother() external {
        CredenceReceipt memory other = _receipt(1);
        other.outputHash = keccak256(hex"00000008");
        attestations.publish(_anchorOne(other), REQUEST, hex"00000008");
        vm.warp(block.timestamp + WINDOW);
        vm.expectRevert(abi.encodeWithSelector(LanguageGate.LanguageMismatch.selector, hex"00000008"));
        gate.list(REQUEST, _bare(other), hex"00000008");
        // Nor does it help to show the output one would like to have.
        vm.expectRevert(
            abi.encodeWithSelector(CredenceConsumer.OutputMismatch.selector, keccak256(OUTPUT), other.outputHash)
        );
        gate.list(REQUEST, _bare(other), OUTPUT);
    }
}
