// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { Credits } from "./Credits.sol";
import { IStakeVault } from "./IStakeVault.sol";
import { VoteHistory } from "./VoteHistory.sol";

/// @title StakeVault
/// @notice See `IStakeVault`, the manual of this contract.
contract StakeVault is Credits {
    using SafeERC20 for IERC20;
    using VoteHistory for VoteHistory.History;

    /* CONSTANTS */

    /// @dev A module other than the court locks only while all locks together stay within this share of what backs
    /// them, so that every account keeps something to vote with. The court may lock the rest.
    uint256 private constant MAX_LOCKED_BPS = 9_000;
    uint256 private constant BPS = 10_000;
    /// @dev The life of a receipt that is not anchored yet: nobody opts out of what is in the air.
    uint40 private constant OPT_OUT_DELAY = 1 days;
    uint40 private constant OPEN_ENDED = type(uint40).max;

    /* IMMUTABLES */

    /// @notice Active stake that enrolling needs.
    uint256 public immutable MIN_ENROLL;

    /* STORAGE */

    struct Account {
        uint96 active;
        uint96 locked;
        uint32 checkpoints; // length of the vote history
        bool enrolled;
        bool ticketed; // false: `_tickets` need not be read
    }

    struct Ticket {
        uint96 unbonding;
        uint40 maturesAt;
    }

    struct ModuleLock {
        uint96 locked;
        uint40 optedInUntil;
        bool genesis; // the module cannot be removed: its status need not be read
        bool court; // the module is the court
    }

    struct Total {
        uint128 votes; // room for 2^32 accounts of the maximum
        uint32 checkpoints;
        uint48 changedAt; // of the last checkpoint
    }

    mapping(address account => Account) private _accounts;
    mapping(address account => Ticket) private _tickets;
    mapping(address module => mapping(address account => ModuleLock)) private _locks;
    /// @inheritdoc IStakeVault
    mapping(address account => address) public votingKeyOf;
    mapping(address account => VoteHistory.History) private _votes;
    VoteHistory.History private _totalVotes;
    Total private _total;

    /* DEPLOYMENT */

    /// @param authority AccessManager of the deployment.
    /// @param token stake token.
    /// @param reserve receives what is forfeited; must never hold a role.
    /// @param unbondingPeriod seconds from `unstake` to maturity.
    /// @param moduleDelay seconds from announcement to activation of a later module; longer than the unbonding period.
    /// @param minEnroll active stake that enrolling needs.
    constructor(
        address authority,
        IERC20 token,
        address reserve,
        uint40 unbondingPeriod,
        uint40 moduleDelay,
        uint96 minEnroll
    ) Credits(authority, token, reserve, unbondingPeriod, moduleDelay) {
        MIN_ENROLL = minEnroll;
    }

    /* STAKING */

    /// @inheritdoc IStakeVault
    function stake(uint256 amount) external nonReentrant {
        _stake(msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function stakeAndEnroll(uint256 amount) external nonReentrant {
        _pull(amount);
        Account memory a = _accounts[msg.sender];
        a.active = _increased(a.active, amount);
        emit Staked(msg.sender, msg.sender, amount);
        _enroll(a);
    }

    /// @inheritdoc IStakeVault
    function stakeFor(address account_, uint256 amount) external nonReentrant {
        if (account_ == address(0)) revert ZeroAddress();
        _stake(account_, amount);
    }

    /// @inheritdoc IStakeVault
    function stakeWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external nonReentrant {
        // A permit that was front-run has left the allowance behind; whether it suffices is what counts.
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {
            uint256 allowance = TOKEN.allowance(msg.sender, address(this));
            if (allowance < amount) revert PermitRejected(allowance, amount);
        }
        _stake(msg.sender, amount);
    }

    /// @inheritdoc IStakeVault
    function unstake(uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        Account memory a = _accounts[msg.sender];
        if (amount > a.active) revert ActiveTooLow(a.active, amount);
        Ticket memory ticket = _tickets[msg.sender];
        uint256 unbonding = ticket.unbonding + amount;
        if (unbonding > type(uint96).max) revert AmountTooLarge(unbonding, type(uint96).max);
        ticket.unbonding = uint96(unbonding);
        ticket.maturesAt = uint40(block.timestamp + UNBONDING_PERIOD);
        _tickets[msg.sender] = ticket;
        a.ticketed = true;
        _setActive(msg.sender, a, a.active - uint96(amount));
        emit Unstaked(msg.sender, amount, ticket.maturesAt);
    }

    /// @inheritdoc IStakeVault
    function withdraw() external nonReentrant returns (uint256 amount) {
        Account memory a = _accounts[msg.sender];
        Ticket memory ticket = _tickets[msg.sender];
        uint256 bonded = uint256(a.active) + ticket.unbonding;
        if (block.timestamp >= ticket.maturesAt) amount = Math.min(ticket.unbonding, bonded - a.locked);
        if (amount == 0) revert NothingToWithdraw(ticket.unbonding, ticket.maturesAt, a.locked, bonded);
        ticket.unbonding -= uint96(amount);
        _tickets[msg.sender] = ticket;
        if (ticket.unbonding == 0) _accounts[msg.sender].ticketed = false;
        emit Withdrawn(msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /* CHOICES OF THE ACCOUNT */

    /// @inheritdoc IStakeVault
    function setVotingKey(address key) external {
        votingKeyOf[msg.sender] = key;
        emit VotingKeySet(msg.sender, key);
    }

    /// @inheritdoc IStakeVault
    function optIn(address module) external {
        _requireActive(module);
        ModuleLock storage own = _locks[module][msg.sender];
        if (own.optedInUntil == OPEN_ENDED) revert OptedInAlready(msg.sender, module);
        own.optedInUntil = OPEN_ENDED;
        own.genesis = _isGenesis(module);
        own.court = module == court;
        emit OptedIn(msg.sender, module);
    }

    /// @inheritdoc IStakeVault
    function optOut(address module) external {
        ModuleLock storage own = _locks[module][msg.sender];
        if (own.optedInUntil != OPEN_ENDED) revert NotOptedIn(msg.sender, module);
        own.optedInUntil = uint40(block.timestamp) + OPT_OUT_DELAY;
        emit OptedOut(msg.sender, module, own.optedInUntil);
    }

    /// @inheritdoc IStakeVault
    function enroll() external {
        _enroll(_accounts[msg.sender]);
    }

    /// @inheritdoc IStakeVault
    function unenroll() external {
        Account memory a = _accounts[msg.sender];
        if (!a.enrolled) revert EnrolledAlready(false);
        a.enrolled = false;
        a.checkpoints = _votes[msg.sender].push(a.checkpoints, 0);
        _accounts[msg.sender] = a;
        _setTotal(_total.votes - a.active);
        emit Unenrolled(msg.sender);
    }

    /* MODULES */

    /// @inheritdoc IStakeVault
    function lock(address account_, uint256 amount) external {
        _relock(account_, 0, amount);
    }

    /// @inheritdoc IStakeVault
    function unlock(address account_, uint256 amount) external {
        _relock(account_, amount, 0);
    }

    /// @inheritdoc IStakeVault
    function relock(address account_, uint256 release, uint256 amount) external returns (uint256) {
        return _relock(account_, release, amount);
    }

    /// @inheritdoc IStakeVault
    function seize(
        address account_,
        uint256 amount,
        address[] calldata recipients,
        uint256[] calldata amounts
    ) external returns (uint256 taken) {
        if (recipients.length != amounts.length) revert LengthMismatch(recipients.length, amounts.length);
        ModuleLock storage own = _locks[msg.sender][account_];
        taken = Math.min(amount, own.locked);
        own.locked -= uint96(taken);
        _takeBonded(account_, uint96(taken), 0);
        emit Seized(msg.sender, account_, taken, amount);

        uint256 left = taken;
        for (uint256 i = 0; i < recipients.length; ++i) {
            uint256 share = Math.min(amounts[i], left);
            left -= share;
            _credit(recipients[i], account_, share);
        }
        _credit(RESERVE, account_, left);
    }

    /// @inheritdoc IStakeVault
    function settle(address account_, uint256 release, uint256 forfeited, uint256 paid) external {
        ModuleLock storage own = _locks[msg.sender][account_];
        uint256 held = own.locked;
        uint256 taken = Math.min(forfeited, held);
        uint256 released = Math.min(release, held - taken);
        own.locked = uint96(held - taken - released);
        if (taken == 0) {
            _accounts[account_].locked -= uint96(released);
        } else {
            _takeBonded(account_, uint96(taken), uint96(released));
            emit Seized(msg.sender, account_, taken, forfeited);
            _credit(RESERVE, account_, taken);
        }
        if (paid > 0) _pay(account_, paid);
    }

    /* VIEWS */

    /// @inheritdoc IStakeVault
    function account(address account_) external view returns (AccountView memory) {
        Account memory a = _accounts[account_];
        Ticket memory ticket = _tickets[account_];
        return
            AccountView({
                active: a.active,
                unbonding: ticket.unbonding,
                maturesAt: ticket.maturesAt,
                locked: a.locked,
                credit: _creditOf(account_),
                enrolled: a.enrolled
            });
    }

    /// @inheritdoc IStakeVault
    function lockedBy(address module, address account_) external view returns (uint256) {
        return _locks[module][account_].locked;
    }

    /// @inheritdoc IStakeVault
    function optedInUntil(address account_, address module) external view returns (uint256) {
        return _locks[module][account_].optedInUntil;
    }

    /// @inheritdoc IStakeVault
    function lockable(address account_, address module, uint256 release) external view returns (uint256) {
        ModuleLock memory own = _locks[module][account_];
        if (!_isActive(module) || block.timestamp >= own.optedInUntil) return 0;
        Account memory a = _accounts[account_];
        a.locked -= uint96(Math.min(release, own.locked));
        return _lockable(account_, a, own.court);
    }

    /// @inheritdoc IStakeVault
    function getVotes(address account_) external view returns (uint256) {
        Account memory a = _accounts[account_];
        return a.enrolled ? a.active : 0;
    }

    /// @inheritdoc IStakeVault
    function getPastVotes(address account_, uint256 timepoint) external view returns (uint256) {
        _requirePast(timepoint);
        return _votes[account_].votesAt(_accounts[account_].checkpoints, timepoint);
    }

    /// @inheritdoc IStakeVault
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        _requirePast(timepoint);
        return _totalVotes.votesAt(_total.checkpoints, timepoint);
    }

    /// @notice The clock of votes: seconds.
    function clock() public view returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice As ERC-6372 asks.
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    /* INTERNAL */

    function _stake(address account_, uint256 amount) private {
        _pull(amount);
        Account memory a = _accounts[account_];
        _setActive(account_, a, _increased(a.active, amount));
        emit Staked(account_, msg.sender, amount);
    }

    /// @dev Takes tokens from the caller. Accounts are read after it, so that a token that calls back changes nothing
    /// that is overwritten later.
    function _pull(uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        if (amount > type(uint96).max) revert AmountTooLarge(amount, type(uint96).max);
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received != amount) revert TransferAmountMismatch(received, amount);
    }

    function _increased(uint96 active, uint256 amount) private pure returns (uint96) {
        uint256 sum = active + amount;
        if (sum > type(uint96).max) revert AmountTooLarge(sum, type(uint96).max);
        return uint96(sum);
    }

    /// @dev Writes the caller's account.
    function _enroll(Account memory a) private {
        if (a.enrolled) revert EnrolledAlready(true);
        if (a.active < MIN_ENROLL) revert EnrollMinimum(a.active, MIN_ENROLL);
        a.enrolled = true;
        a.checkpoints = _votes[msg.sender].push(a.checkpoints, a.active);
        _accounts[msg.sender] = a;
        _setTotal(_total.votes + a.active);
        emit Enrolled(msg.sender, a.active);
    }

    /// @dev Writes the account with its new active stake, and the checkpoints if it is enrolled.
    function _setActive(address account_, Account memory a, uint96 active) private {
        if (a.enrolled) {
            a.checkpoints = _votes[account_].push(a.checkpoints, active);
            _setTotal(_total.votes - a.active + active);
        }
        a.active = active;
        _accounts[account_] = a;
    }

    function _setTotal(uint128 votes) private {
        Total memory total = _total;
        total.votes = votes;
        total.checkpoints = _totalVotes.push(total.checkpoints, total.changedAt, votes);
        total.changedAt = uint48(block.timestamp);
        _total = total;
    }

    function _relock(address account_, uint256 release, uint256 amount) private returns (uint256) {
        ModuleLock storage slot = _locks[msg.sender][account_];
        ModuleLock memory own = slot;
        Account memory a = _accounts[account_];
        uint96 released = uint96(Math.min(release, own.locked));
        own.locked -= released;
        a.locked -= released;
        if (amount > 0) {
            if (!own.genesis) _requireActive(msg.sender);
            if (block.timestamp >= own.optedInUntil) revert NotOptedIn(account_, msg.sender);
            uint256 available = _lockable(account_, a, own.court);
            if (amount > available) revert StakeNotLockable(account_, available, amount);
            own.locked += uint96(amount);
            a.locked += uint96(amount);
        }
        slot.locked = own.locked;
        _accounts[account_] = a;
        return own.locked;
    }

    /// @dev A matured ticket backs nothing new: it can leave at any moment. Rounded down, against the locker.
    function _lockable(address account_, Account memory a, bool byCourt) private view returns (uint256) {
        uint256 backing = a.active;
        if (a.ticketed) {
            Ticket memory ticket = _tickets[account_];
            if (block.timestamp < ticket.maturesAt) backing += ticket.unbonding;
        }
        uint256 share = byCourt ? backing : (backing * MAX_LOCKED_BPS) / BPS;
        uint256 limit = Math.min(share, type(uint96).max);
        return Math.saturatingSub(limit, a.locked);
    }

    /// @dev `amount + released <= lockedBy <= locked <= bonded`, so the account always has it.
    function _takeBonded(address account_, uint96 amount, uint96 released) private {
        Account memory a = _accounts[account_];
        a.locked -= amount + released;
        uint96 fromActive = amount;
        if (a.ticketed) {
            Ticket memory ticket = _tickets[account_];
            uint96 fromTicket = uint96(Math.min(ticket.unbonding, amount));
            ticket.unbonding -= fromTicket;
            _tickets[account_] = ticket;
            a.ticketed = ticket.unbonding > 0;
            fromActive -= fromTicket;
        }
        if (fromActive > 0) _setActive(account_, a, a.active - fromActive);
        else _accounts[account_] = a;
    }

    function _requirePast(uint256 timepoint) private view {
        if (timepoint >= block.timestamp) revert FutureLookup(timepoint, block.timestamp);
    }
}
