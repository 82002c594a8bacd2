// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../models/IModelRegistry.sol";
import { IDepositor } from "../staking/IDepositor.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { Grounds } from "../types/Grounds.sol";
import { Leaf, Receipt } from "../types/Receipt.sol";
import { IDisputeManager } from "./IDisputeManager.sol";
import { IReplayAdjudicator } from "./IReplayAdjudicator.sol";

/// @title GameBonds
/// @notice The half of the DisputeManager that opens games and keeps their bonds, and what both halves need. See
/// `IDisputeManager`.
abstract contract GameBonds is IDisputeManager, IDepositor, AccessManaged {
    using SafeERC20 for IERC20;

    /* CONSTANTS */

    /// @dev Governance moves the bond of a game within this factor of its genesis value, up and down.
    uint256 private constant REPLAY_BOND_RANGE = 10;

    /* IMMUTABLES */

    /// @notice The vault that holds all money.
    IStakeVault public immutable VAULT;
    /// @notice Answers and their locks.
    IAttestationRegistry public immutable ATTESTATIONS;
    /// @notice Models and their terms.
    IModelRegistry public immutable MODELS;
    /// @notice Bond of a game at genesis.
    uint256 public immutable GENESIS_REPLAY_BOND;
    IERC20 private immutable TOKEN;

    /* STORAGE */

    struct Game {
        address challenger;
        uint96 bond;
    }

    /// @inheritdoc IDisputeManager
    address public replay;
    bool private _sealed;
    uint64 private _gameCount;
    /// @inheritdoc IDisputeManager
    uint96 public replayBond;
    mapping(uint256 gameId => Game) private _games;

    modifier onlyReplay() {
        _requireReplay();
        _;
    }

    /* DEPLOYMENT AND GOVERNANCE */

    constructor(
        address authority,
        IAttestationRegistry attestations,
        IModelRegistry models,
        IStakeVault vault,
        uint96 replayBond_
    ) AccessManaged(authority) {
        ATTESTATIONS = attestations;
        MODELS = models;
        VAULT = vault;
        TOKEN = vault.TOKEN();
        GENESIS_REPLAY_BOND = replayBond_;
        vault.keepCredit();
        _setReplayBond(replayBond_);
    }

    /// @inheritdoc IDisputeManager
    function seal(address replay_) external restricted {
        if (_sealed) revert AlreadySealed();
        _sealed = true;
        replay = replay_;
    }

    /// @inheritdoc IDisputeManager
    function setReplayBond(uint96 replayBond_) external restricted {
        _setReplayBond(replayBond_);
    }

    /* GAMES */

    /// @inheritdoc IDisputeManager
    function openGame(
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output
    ) external returns (uint256 gameId) {
        Receipt calldata receipt = leaf.receipt;
        address replay_ = replay;
        if (replay_ == address(0)) revert ReplayUnavailable();
        _requireGround(receipt, Grounds.REPLAY);
        bytes32 receiptId = ATTESTATIONS.receiptIdOf(receipt);
        uint256 finalAt = _show(receiptId, leaf, request, output);
        // Not because another case holds the answer, unlike `open`: games would follow each other without an end.
        if (block.timestamp >= finalAt) {
            revert IAttestationRegistry.AnswerOver(receiptId, block.timestamp, finalAt);
        }
        ATTESTATIONS.hold(receipt);
        gameId = ++_gameCount;
        uint96 bond = replayBond;
        _games[gameId] = Game({ challenger: msg.sender, bond: bond });
        emit GameOpened(gameId, receiptId, msg.sender, receipt.operator, bond);
        IReplayAdjudicator(replay_).startGame(gameId, receiptId, msg.sender);
        VAULT.deposit(msg.sender, bond);
    }

    /// @inheritdoc IDisputeManager
    function forfeitBond(uint256 gameId, Receipt calldata receipt) external onlyReplay {
        (, uint256 bond) = _takeBond(gameId);
        ATTESTATIONS.release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        uint256 toOperator = bond / 2;
        emit GameBondForfeited(gameId, receipt.operator, toOperator, bond - toOperator);
        _pay(receipt.operator, toOperator);
        _pay(VAULT.RESERVE(), bond - toOperator);
    }

    /// @inheritdoc IDisputeManager
    function returnBond(uint256 gameId) external onlyReplay {
        (address challenger, uint256 bond) = _takeBond(gameId);
        emit GameBondReturned(gameId, challenger, bond);
        _pay(challenger, bond);
    }

    /* MONEY */

    /// @inheritdoc IDepositor
    function onDeposit(address payer, uint256 amount) external {
        if (msg.sender != address(VAULT)) revert NotVault(msg.sender, address(VAULT));
        // The vault calls only while this contract deposits, and it deposits for its own caller only.
        // slither-disable-next-line arbitrary-send-erc20
        TOKEN.safeTransferFrom(payer, address(VAULT), amount);
    }

    /* VIEWS */

    /// @inheritdoc IDisputeManager
    function bondOf(uint256 gameId) external view returns (address challenger, uint256 bond) {
        Game storage game = _games[gameId];
        return (game.challenger, game.bond);
    }

    /* INTERNAL: GAMES */

    function _setReplayBond(uint96 replayBond_) private {
        uint256 minimum = Math.ceilDiv(GENESIS_REPLAY_BOND, REPLAY_BOND_RANGE);
        uint256 maximum = GENESIS_REPLAY_BOND * REPLAY_BOND_RANGE;
        if (replayBond_ == 0 || replayBond_ < minimum || replayBond_ > maximum) {
            revert ReplayBondOutOfBounds(replayBond_, Math.max(minimum, 1), maximum);
        }
        replayBond = replayBond_;
        emit ReplayBondSet(replayBond_);
    }

    /// @dev The bond of a game, once.
    function _takeBond(uint256 gameId) private returns (address challenger, uint256 bond) {
        Game memory game = _games[gameId];
        if (game.bond == 0) revert NoBond(gameId);
        delete _games[gameId];
        return (game.challenger, game.bond);
    }

    function _requireReplay() private view {
        if (msg.sender != replay) revert NotReplay(msg.sender, replay);
    }

    /* INTERNAL: BOTH HALVES */

    function _requireGround(
        Receipt calldata receipt,
        uint8 ground
    ) internal view returns (IModelRegistry.Terms memory terms) {
        terms = MODELS.terms(receipt.modelId);
        if (terms.grounds & ground == 0) revert GroundNotAllowed(receipt.modelId, terms.grounds, ground);
        if (terms.privateInput && msg.sender != receipt.beneficiary) {
            revert NotBeneficiary(msg.sender, receipt.beneficiary);
        }
    }

    /// @notice Publishes the answer unless somebody has; makes a lock whole that a leaf can fill.
    /// @return finalAt of an answer that was published before; no limit for one that is now.
    function _show(
        bytes32 receiptId,
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output
    ) internal returns (uint256 finalAt) {
        IAttestationRegistry.AnswerView memory answer = ATTESTATIONS.answer(receiptId);
        finalAt = answer.finalAt;
        if (answer.publishedAt == 0) {
            ATTESTATIONS.publish(leaf, request, output);
            finalAt = type(uint256).max;
        } else if (answer.anchoredAlone && !answer.merged && leaf.batch.count > 0) {
            // A leaf that does not fit must not stop the case.
            try ATTESTATIONS.merge(leaf) {} catch {}
        }
    }

    function _pay(address to, uint256 amount) internal {
        if (amount > 0) VAULT.pay(to, amount);
    }
}
