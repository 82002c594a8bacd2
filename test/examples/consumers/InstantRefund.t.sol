// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CredenceConsumer } from "../../../contracts/consumer/CredenceConsumer.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { InstantRefund } from "../../../examples/consumers/InstantRefund.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract InstantRefundTest is AnswerTest {
    string private constant COMPLAINT = "the parcel was empty";
    bytes private constant JUSTIFIED = hex"01";

    InstantRefund private shop;
    address private buyer = makeAddr("buyer");

    function setUp() public override {
        super.setUp();
        shop = new InstantRefund(attestations, token, modelId, COVERAGE, 30 minutes);
        beneficiary = address(shop);
        _buy(buyer);
    }

    function test_RefundsAtOnce() external {
        CredenceReceipt memory receipt = _answer(buyer, JUSTIFIED);
        bytes32 id = _id(receipt);
        vm.expectEmit(address(shop));
        emit InstantRefund.Refunded(buyer, id);
        _refund(buyer, receipt, JUSTIFIED);
        assertEq(token.balanceOf(buyer), COVERAGE);
        assertEq(token.balanceOf(address(shop)), 0);
        assertTrue(shop.isConsumed(id));
    }

    function test_RefundsWhileContested() external {
        CredenceReceipt memory receipt = _answer(buyer, JUSTIFIED);
        _hold(receipt);
        _refund(buyer, receipt, JUSTIFIED);
        assertEq(token.balanceOf(buyer), COVERAGE);
    }

    /// @dev The answer was a lie: what the shop gave away comes back from the operator's lock.
    function test_TheShopIsHeldHarmless() external {
        CredenceReceipt memory receipt = _answer(buyer, JUSTIFIED);
        _refund(buyer, receipt, JUSTIFIED);
        _seize(receipt);
        assertEq(_credit(address(shop)), COVERAGE);
        vm.prank(stranger);
        protocol.vault.claim(address(shop));
        assertEq(token.balanceOf(address(shop)), COVERAGE);
        assertEq(protocol.vault.account(operator).active, 100_000e18 - LOCK);
    }

    function test_RevertWhen_OneAnswerIsUsedForTwoRefunds() external {
        CredenceReceipt memory receipt = _answer(buyer, JUSTIFIED);
        _refund(buyer, receipt, JUSTIFIED);
        _buy(buyer);
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.ReceiptConsumed.selector, _id(receipt)));
        this.refund(buyer, receipt, JUSTIFIED);
        assertEq(token.balanceOf(buyer), 0);
    }

    /// @dev A receipt taken from the buyer's pending transaction answers the buyer's question, not the copier's.
    function test_RevertWhen_TheReceiptIsCopied() external {
        CredenceReceipt memory receipt = _answer(buyer, JUSTIFIED);
        _buy(stranger);
        bytes32 own = keccak256(shop.requestOf(stranger, COMPLAINT));
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.InputMismatch.selector, receipt.inputHash, own));
        this.refund(stranger, receipt, JUSTIFIED);
        assertEq(token.balanceOf(stranger), 0);
        _refund(buyer, receipt, JUSTIFIED);
        assertEq(token.balanceOf(buyer), COVERAGE);
    }

    function test_RevertWhen_TheComplaintIsNotJustified() external {
        CredenceReceipt memory receipt = _answer(buyer, hex"00");
        vm.expectRevert(abi.encodeWithSelector(InstantRefund.ComplaintRejected.selector, hex"00"));
        this.refund(buyer, receipt, hex"00");
    }

    function test_RevertWhen_TooOld() external {
        CredenceReceipt memory receipt = _answer(buyer, JUSTIFIED);
        vm.warp(block.timestamp + 30 minutes);
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.TooOld.selector, 30 minutes, 30 minutes));
        this.refund(buyer, receipt, JUSTIFIED);
    }

    function test_RevertWhen_NothingOrTwiceBought() external {
        CredenceReceipt memory receipt = _answer(stranger, JUSTIFIED);
        vm.expectRevert(abi.encodeWithSelector(InstantRefund.NothingBought.selector, stranger));
        this.refund(stranger, receipt, JUSTIFIED);
        vm.expectRevert(abi.encodeWithSelector(InstantRefund.BoughtAlready.selector, buyer));
        vm.prank(buyer);
        shop.buy();
    }

    /* HELPERS */

    function _buy(address account) private {
        if (token.balanceOf(account) < COVERAGE) token.transfer(account, COVERAGE);
        vm.startPrank(account);
        token.approve(address(shop), COVERAGE);
        vm.expectEmit(address(shop));
        emit InstantRefund.Bought(account);
        shop.buy();
        vm.stopPrank();
        assertTrue(shop.hasBought(account));
    }

    function _answer(address account, bytes memory output) private returns (CredenceReceipt memory receipt) {
        bytes memory request = shop.requestOf(account, COMPLAINT);
        receipt = _receipt(uint160(account));
        (receipt.inputHash, receipt.outputHash) = (keccak256(request), keccak256(output));
        attestations.publish(_anchorOne(receipt), request, output);
    }

    /// @dev External, so that a revert is expected of it as a whole.
    function refund(address account, CredenceReceipt calldata receipt, bytes calldata output) external {
        _refund(account, receipt, output);
    }

    function _refund(address account, CredenceReceipt memory receipt, bytes memory output) private {
        vm.prank(account);
        shop.refund(COMPLAINT, _bare(receipt), output);
    }
}
