// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

contract AttestationRegistryTest is ProtocolTest {
    function setUp() public override {
        super.setUp();
        _setUpOperator();
    }

    function test_AnswerBecomesFinalWhenPublishedAndItsWindowIsOver() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 5);
        Leaf memory leaf = _leaf(batch, receipts, 4);
        Confidence memory c = protocol.attestations.check(leaf);
        assertEq(uint8(c.status), uint8(AnswerStatus.Pending));
        assertEq(c.payableNow, COVERAGE);
        protocol.attestations.publish(leaf, REQUEST, OUTPUT);
        c = protocol.attestations.check(leaf);
        assertEq(c.methods, Methods.SEEN);
        assertEq(c.finalAt, block.timestamp + WINDOW);
        vm.warp(block.timestamp + WINDOW);
        c = protocol.attestations.check(leaf);
        assertEq(uint8(c.status), uint8(AnswerStatus.Final));
        assertEq(c.payableNow, 0);
        assertEq(c.backed, COVERAGE);
    }

    function test_ReceiptAnchoredAloneIsPublished() external {
        CredenceReceipt memory receipt = _receipt(1);
        vm.prank(stranger);
        protocol.attestations.anchorReceipt(receipt, _signReceipt(receipt), REQUEST, OUTPUT);
        assertEq(uint8(protocol.attestations.checkReceipt(receipt).status), uint8(AnswerStatus.Pending));
        assertEq(protocol.vault.lockedBy(address(protocol.attestations), operator), LOCK);
    }
}
