// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { CredenceConsumer, Requirement } from "../../contracts/consumer/CredenceConsumer.sol";
import { Leaf } from "../../contracts/types/Receipt.sol";

/// @title InstantRefund
/// @notice Example of a contract that cannot wait: a shop that refunds at once when a model finds a complaint
/// justified, and is held harmless if the answer turns out to be wrong.
///
/// Three things make that safe. The coverage still payable to this contract is at least what it gives away, in the same
/// token. One receipt backs one refund. And the question names contract, action and buyer, so that a receipt copied
/// from somebody else's transaction answers another question. If the answer is overturned, its coverage becomes this
/// contract's credit in the StakeVault, and anybody may call `claim(this contract)` there.
contract InstantRefund is CredenceConsumer {
    using SafeERC20 for IERC20;

    /// @notice The caller has bought already.
    error BoughtAlready(address buyer);
    /// @notice The caller has nothing to be refunded.
    error NothingBought(address buyer);
    /// @notice The answer does not find the complaint justified.
    error ComplaintRejected(bytes output);

    /// @notice The buyer paid.
    event Bought(address indexed buyer);
    /// @notice The buyer was paid back on the strength of an answer.
    event Refunded(address indexed buyer, bytes32 indexed receiptId);

    /// @dev The output that finds the complaint justified.
    bytes32 private constant JUSTIFIED_HASH = keccak256(hex"01");

    /// @notice The stake token, in which the shop is paid and coverage is, too.
    IERC20 public immutable TOKEN;
    /// @notice The one model whose answers count.
    bytes32 public immutable MODEL_ID;
    /// @notice What the shop sells for, and what a refund costs it.
    uint96 public immutable PRICE;
    /// @notice How old a published answer may be, seconds; at most half of the model's window.
    uint40 public immutable MAX_AGE;

    /// @notice Who has bought and was not refunded.
    mapping(address buyer => bool) public hasBought;

    /// @param token stake token of the deployment.
    constructor(
        IAttestationRegistry attestations,
        IERC20 token,
        bytes32 modelId,
        uint96 price,
        uint40 maxAge
    ) CredenceConsumer(attestations) {
        TOKEN = token;
        MODEL_ID = modelId;
        PRICE = price;
        MAX_AGE = maxAge;
    }

    /// @notice Pays the price; once until refunded.
    function buy() external {
        if (hasBought[msg.sender]) revert BoughtAlready(msg.sender);
        hasBought[msg.sender] = true;
        emit Bought(msg.sender);
        TOKEN.safeTransferFrom(msg.sender, address(this), PRICE);
    }

    /// @notice The question to put to an operator, with this contract as beneficiary of the receipt.
    function requestOf(address buyer, string calldata complaint) public view returns (bytes memory) {
        return abi.encode(address(this), this.refund.selector, buyer, complaint);
    }

    /// @notice Pays the caller back on the strength of a published answer that may still be contested, or already is.
    /// @param leaf the answer; batch and proof may be empty.
    /// @param output the bytes that the receipt answers with.
    function refund(string calldata complaint, Leaf calldata leaf, bytes calldata output) external {
        if (!hasBought[msg.sender]) revert NothingBought(msg.sender);

        Requirement memory requirement;
        requirement.modelId = MODEL_ID;
        requirement.inputHash = keccak256(requestOf(msg.sender, complaint));
        requirement.minPayable = PRICE; // a wrong answer costs the operator at least what it costs this shop
        requirement.maxAge = MAX_AGE; // time enough is left to find the lie while the coverage is locked
        requirement.acceptContested = true; // the coverage is locked either way; a small bond must not stop a refund
        (bytes32 receiptId, ) = _requireConfidence(leaf, requirement);
        _requireOutput(leaf.receipt, output);
        if (keccak256(output) != JUSTIFIED_HASH) revert ComplaintRejected(output);

        hasBought[msg.sender] = false;
        emit Refunded(msg.sender, receiptId);
        TOKEN.safeTransfer(msg.sender, PRICE);
    }
}
