// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC6372 } from "@openzeppelin/contracts/interfaces/IERC6372.sol";

/// @title IStakeVault
/// @notice Holds all stake, its locks, votes and credits. `bonded = active + unbonding`; modules lock part of it, and
/// for every account at all times `locked <= bonded`: collateral is never promised twice.
///
/// Who can lower `bonded`: the account itself (`withdraw`), or a module over what that very module locked (`seize`).
/// Nothing else, whatever role it holds. Amounts are in the stake token's smallest unit, times in seconds.
interface IStakeVault is IERC6372 {
    /* TYPES */

    /// @notice Everything the vault knows of an account.
    struct AccountView {
        uint256 active;
        uint256 unbonding;
        uint256 maturesAt;
        uint256 locked;
        uint256 credit;
        bool enrolled;
    }

    /// @notice Life of a module. `Announced` becomes usable by `activateModule` after `MODULE_DELAY`.
    enum ModuleStatus {
        None,
        Announced,
        Genesis,
        Active,
        Removed
    }

    /* ERRORS: THE CALLER'S INPUT */

    /// @notice The amount is zero.
    error ZeroAmount();
    /// @notice The zero address is not an account.
    error ZeroAddress();
    /// @notice The amount does not fit an account (uint96).
    error AmountTooLarge(uint256 actual, uint256 maximum);
    /// @notice More was asked to unstake than is active.
    error ActiveTooLow(uint256 actual, uint256 required);
    /// @notice Nothing can be withdrawn now: `unbonding` matures at `maturesAt`, and `locked` of `bonded` is locked.
    error NothingToWithdraw(uint256 unbonding, uint256 maturesAt, uint256 locked, uint256 bonded);
    /// @notice The caller's credit does not cover what it wants to pay.
    error CreditTooLow(uint256 actual, uint256 required);
    /// @notice The account is a contract that holds others' money as its credit: it pays, nobody claims for it.
    error CreditKept(address account);
    /// @notice The account has no credit.
    error NothingToClaim(address account);
    /// @notice The permit was refused by the token and the allowance in place does not cover the amount.
    error PermitRejected(uint256 allowance, uint256 required);
    /// @notice The token delivered another amount than was sent (fee on transfer, rebasing): not usable as stake token.
    error TransferAmountMismatch(uint256 actual, uint256 expected);
    /// @notice Less is active than enrolling needs.
    error EnrollMinimum(uint256 actual, uint256 required);
    /// @notice The account is already in (`true`) or out of (`false`) the vote.
    error EnrolledAlready(bool enrolled);
    /// @notice Past votes are known for seconds that are over, not for this one.
    error FutureLookup(uint256 timepoint, uint256 clock);

    /* ERRORS: MODULES */

    /// @notice The module's status does not allow the call.
    error ModuleInStatus(address module, ModuleStatus actual, ModuleStatus expected);
    /// @notice The module can be activated at `readyAt`.
    error ModuleNotReady(address module, uint256 actual, uint256 readyAt);
    /// @notice The account has not opted in to the module, or its opting out has taken effect.
    error NotOptedIn(address account, address module);
    /// @notice The account is opted in already.
    error OptedInAlready(address account, address module);
    /// @notice Less can be locked than was asked for.
    error StakeNotLockable(address account, uint256 lockable, uint256 required);
    /// @notice The lists differ in length: `actual` recipients, `expected` as many as amounts.
    error LengthMismatch(uint256 actual, uint256 expected);

    /* ERRORS: DEPLOYMENT */

    /// @notice Genesis modules were wired before; they are sealed.
    error AlreadySealed();
    /// @notice The reserve holds a role: what is forfeited would be at somebody's disposal.
    error ReserveIsGovernor(address reserve, uint64 role);
    /// @notice New slashing code could reach an account before it can leave.
    error ModuleDelayTooShort(uint256 actual, uint256 minimum);

    /* EVENTS */

    /// @notice `payer` added `amount` to the active stake of `account`.
    event Staked(address indexed account, address indexed payer, uint256 amount);
    /// @notice `amount` moved to the unbonding ticket, all of which matures at `maturesAt`.
    event Unstaked(address indexed account, uint256 amount, uint256 maturesAt);
    /// @notice `amount` of a matured ticket was paid out.
    event Withdrawn(address indexed account, uint256 amount);
    /// @notice The credit of `account` was paid out to it.
    event Claimed(address indexed account, uint256 amount);
    /// @notice `key` may commit, reveal and claim for `account`; zero: nobody else may.
    event VotingKeySet(address indexed account, address indexed key);
    /// @notice The credit of `account` can be paid on, never claimed.
    event CreditToBeKept(address indexed account);
    /// @notice `module` may lock stake of `account`.
    event OptedIn(address indexed account, address indexed module);
    /// @notice `module` may not lock any more from `effectiveAt` on.
    event OptedOut(address indexed account, address indexed module, uint256 effectiveAt);
    /// @notice The active stake of `account` carries votes, now `votes`.
    event Enrolled(address indexed account, uint256 votes);
    /// @notice It carries none any more.
    event Unenrolled(address indexed account);
    /// @notice `taken` of what `module` had locked left the account; `required` is what the module asked for.
    event Seized(address indexed module, address indexed account, uint256 taken, uint256 required);
    /// @notice `to` can claim `amount` more: seized from `from`, or paid by it.
    event Credited(address indexed to, address indexed from, uint256 amount);
    /// @notice `module` can be activated from `readyAt` on.
    event ModuleAnnounced(address indexed module, uint256 readyAt);
    /// @notice Accounts can opt in to `module`.
    event ModuleActivated(address indexed module);
    /// @notice `module` can lock nothing new.
    event ModuleRemoved(address indexed module);

    /* STAKING */

    /// @notice Adds `amount` to the caller's active stake. Needs an allowance.
    function stake(uint256 amount) external;

    /// @notice `stake` and `enroll` in one transaction.
    function stakeAndEnroll(uint256 amount) external;

    /// @notice Adds `amount` of the caller's tokens to the active stake of `account`, and changes nothing else of it.
    function stakeFor(address account, uint256 amount) external;

    /// @notice As `stake`, with an ERC-2612 permit. A permit that somebody sent first does no harm.
    function stakeWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Moves `amount` from active to the unbonding ticket, whose clock restarts for all of it.
    function unstake(uint256 amount) external;

    /// @notice Pays the caller `min(matured ticket, bonded - locked)`.
    /// @return amount paid out.
    function withdraw() external returns (uint256 amount);

    /// @notice Pays `account` its credit. Anybody may call: the money goes to `account` alone.
    /// @return amount paid out.
    function claim(address account) external returns (uint256 amount);

    /* CREDIT: money of cases that stays inside the vault until it is claimed */

    /// @notice Credits the caller with `amount`, which the vault asks it for by `IDepositor.onDeposit`. So an allowance
    /// is given to the contract one deals with, never to the vault for the use of others.
    /// @param payer whom the caller takes the tokens from; handed back to it, and named in `Credited`.
    function deposit(address payer, uint256 amount) external;

    /// @notice From now on, for good, the caller's credit can be paid on but not claimed: for contracts that hold
    /// others' money as credit, which anybody could claim out of the vault otherwise.
    function keepCredit() external;

    /// @notice Moves `amount` of the caller's credit to `to`, the zero address standing for the reserve.
    function pay(address to, uint256 amount) external;

    /* CHOICES OF THE ACCOUNT */

    /// @notice Names a key that may commit, reveal and claim for the caller in the court, and nothing else; zero names
    /// none. It cannot move stake or credit.
    function setVotingKey(address key) external;

    /// @notice Allows `module` to lock stake of the caller.
    function optIn(address module) external;

    /// @notice Ends that one day later, the life of a receipt that is not anchored yet. Locks in place stay.
    function optOut(address module) external;

    /// @notice From now on the caller's active stake carries votes. Needs `MIN_ENROLL` active.
    function enroll() external;

    /// @notice From now on it carries none.
    function unenroll() external;

    /* MODULES: each over its own locks only */

    /// @notice Locks `amount` of `account`. Needs opt-in and `lockable(account, module, 0) >= amount`.
    function lock(address account, uint256 amount) external;

    /// @notice Frees `amount` of what the caller locked, clamped to it.
    function unlock(address account, uint256 amount) external;

    /// @notice `unlock(release)` and `lock(amount)` in one write of the account.
    /// @return lockedByCaller what the caller has locked afterwards.
    function relock(address account, uint256 release, uint256 amount) external returns (uint256 lockedByCaller);

    /// @notice Takes `amount` of what the caller locked, unbonding stake first, and credits the recipients in their
    /// order. What exceeds the lock is not taken (clamped, see `Seized`); what no recipient gets goes to the reserve,
    /// as does what is for the zero address. Never reverts for an economic reason.
    /// @return taken the amount that left the account.
    function seize(
        address account,
        uint256 amount,
        address[] calldata recipients,
        uint256[] calldata amounts
    ) external returns (uint256 taken);

    /// @notice Settles what the caller had locked of an account in one call: unlocks `release`, seizes `forfeited` for
    /// the reserve (both clamped to the lock), and pays the account `paid` of the caller's credit.
    function settle(address account, uint256 release, uint256 forfeited, uint256 paid) external;

    /* GOVERNANCE */

    /// @notice Wires the genesis modules, once and for good. Administrator only, at deployment.
    /// @param modules all but the court.
    /// @param court a genesis module too; it alone may lock beyond 90 % of what backs an account. Zero: none, for good.
    function seal(address[] calldata modules, address court) external;

    /// @notice Announces a module; it can be activated after `MODULE_DELAY`. Governor only.
    function announceModule(address module) external;

    /// @notice Makes an announced module available to accounts that opt in to it. Anybody, after the delay.
    function activateModule(address module) external;

    /// @notice Stops new locks by a later module, or withdraws its announcement. What it has locked stays its to unlock
    /// or seize. Genesis modules cannot be removed: operators have signed against them. Governor only.
    function removeModule(address module) external;

    /* VIEWS */

    /// @notice The stake token: a plain ERC-20, no fee on transfer, no rebasing.
    function TOKEN() external view returns (IERC20);

    /// @notice Receives what is forfeited. Fixed at deployment; no vote can spend it.
    function RESERVE() external view returns (address);

    /// @notice Time from `unstake` to maturity.
    function UNBONDING_PERIOD() external view returns (uint256);

    /// @notice Time from the announcement of a module to its activation; longer than the unbonding period.
    function MODULE_DELAY() external view returns (uint256);

    /// @notice Everything the vault knows of an account.
    function account(address account) external view returns (AccountView memory);

    /// @notice What `module` has locked of `account`.
    function lockedBy(address module, address account) external view returns (uint256);

    /// @notice When opting out takes effect: 0 never opted in, the maximum of uint40 while opted in.
    function optedInUntil(address account, address module) external view returns (uint256);

    /// @notice The court, if the deployment has one.
    function court() external view returns (address);

    /// @notice The key that may vote for `account`; zero: none.
    function votingKeyOf(address account) external view returns (address);

    /// @notice Status of a module, and from when on it can be activated (0 unless announced).
    function moduleStatus(address module) external view returns (ModuleStatus status, uint256 readyAt);

    /// @notice What `module` could lock now if it released `release` of its own first: 90 % of active and immature
    /// unbonding stake (all of it for the court), less all locks; 0 if not opted in. Rounded down.
    function lockable(address account, address module, uint256 release) external view returns (uint256);

    /// @notice Votes now: the active stake of an enrolled account.
    function getVotes(address account) external view returns (uint256);

    /// @notice Votes at the end of second `timepoint`, which must be over.
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256);

    /// @notice Sum of the votes of all enrolled accounts at the end of second `timepoint`.
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256);
}
